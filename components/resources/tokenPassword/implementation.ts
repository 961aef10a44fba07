import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../problem.ts";
import type { LoginAnswer } from "../../oci/client.ts";
import type { PasswordLogin } from "../../oci/dockerLogin.ts";
import { login, patiently } from "../../azure/login.ts";
import { readSettings } from "../../azure/settings.ts";
import { day, isDue, isFormerValid, isRecordOf, slotFor, type Slot } from "../../azure/slots.ts";
import type { TokenPasswords } from "../../azure/tokenPasswords.ts";
import { unknownValue, type Context, type CustomResource } from "../resource.ts";
import type { Inputs } from "./tokenPassword.ts";

interface State extends Inputs {
    readonly username: string;
    readonly password: string;
    /** In RFC 3339. */
    readonly expiresAt: string;
    readonly createdAt: string;
    readonly slot: Slot;
    /** What a refresh found to be wrong with it; empty otherwise. */
    readonly drift: string;
}

/** What the resource takes from outside; tests put their own in its place. */
export interface Surroundings {
    readonly now: () => Date;
    readonly environment: NodeJS.ProcessEnv;
    /** How long a new password may take to be accepted, in seconds. */
    readonly proofSeconds: number;
}

/**
 * A password of a token of an Azure Container Registry.
 *
 * A token has two slots. A new password goes to the slot that is not in use, so the one that developers hold goes on
 * until it expires. The registry itself is asked whether a password works: it sees a wiped, deleted or expired one,
 * takes no Azure credentials, and costs a fraction of loading Azure's client.
 */
export function tokenPasswordIn({
    now,
    environment,
    proofSeconds,
}: Surroundings): CustomResource<Inputs, State> {
    /** Loaded only when Azure has to be asked. */
    async function passwordsOf(
        { tokenId, settings }: Pick<Inputs, "tokenId" | "settings">,
        { signal }: Context,
    ): Promise<TokenPasswords> {
        const { TokenPasswords } = await import("../../azure/tokenPasswords.ts");
        return new TokenPasswords(tokenId, readSettings(settings, environment), signal);
    }

    /** Whether the password of the state works; where the registry gives no answer, whether Azure still lists it. */
    async function isInForce(state: State, context: Context): Promise<boolean> {
        const answer = await login(state.server, state, context.signal);
        if (answer === "accepted") return true;
        return answer !== "refused" && isListed(state, context);
    }

    /** Whether Azure lists it: a registry may go on for a moment with one that has gone. */
    async function isListed(state: State, context: Context): Promise<boolean> {
        const found = await (await passwordsOf(state, context)).find();
        return found !== undefined && isRecordOf(found, state, now());
    }

    /** Whether it is time for the next password, and a slot is free for it. Azure is asked only if it is time. */
    async function isToFollow(state: State, renewDays: number, context: Context): Promise<boolean> {
        if (!isDue(state.expiresAt, renewDays, now())) return false;
        const found = await (await passwordsOf(state, context)).find();
        return found === undefined || !isFormerValid(found, state, now());
    }

    /** Makes a password and proves it; it is not published before it works. */
    async function issue(inputs: Inputs, last: State | undefined, context: Context): Promise<State> {
        const passwords = await passwordsOf(inputs, context);
        const found = await passwords.mustFind();
        const published = last && {
            slot: last.slot,
            // One that works is in force whatever Azure lists, and one that Azure lists may work again in a moment.
            inForce:
                isRecordOf(found, last, now()) ||
                (await login(inputs.server, last, context.signal)) === "accepted",
        };
        const slot = slotFor(found, published, now());
        const generated = await passwords.generate(
            slot,
            new Date(now().getTime() + inputs.lifetimeDays * day),
        );
        if (generated.expiresAt === undefined) {
            throw new Problem({
                wrong: `${inputs.tokenId}: Azure made ${slot} without an end`,
                remedy: `run \`pulumi up\` again`,
            });
        }
        const user = { username: generated.username, password: generated.value };
        await prove(inputs, user, context);
        return {
            ...inputs,
            ...user,
            expiresAt: generated.expiresAt.toISOString(),
            createdAt: (generated.createdAt ?? now()).toISOString(),
            slot,
            drift: "",
        };
    }

    async function prove(
        { tokenId, server }: Inputs,
        user: PasswordLogin,
        { signal, progress }: Context,
    ): Promise<void> {
        progress(`waiting for ${server} to accept the new password`);
        const answer = await patiently<LoginAnswer>(
            () => login(server, user, signal),
            (said) => said === "accepted",
            proofSeconds,
            signal,
        );
        if (answer === "accepted") return;
        const reason = answer === "refused" ? "it refuses the password" : answer.silent;
        throw new Problem({
            wrong: `${tokenId}: the new password does not work at ${server} after ${proofSeconds} seconds (${reason}), so it was not published`,
            remedy: `the one before still counts. See that the token is enabled and that this machine may reach the registry, and run \`pulumi up\` again`,
        });
    }

    return {
        secrets: ["password"],

        check: (_olds, news) => {
            const lacking = (["server", "tokenCreatedAt"] as const).filter(
                (name) => typeof news[name] !== "string",
            );
            return Promise.resolve(lacking.length === 0 ? [] : [notRecorded]);
        },

        diff: async (state, news, context) => {
            // The token is still to be made: what becomes of its passwords shows when it is.
            if (news.tokenId === unknownValue || news.server === unknownValue) return { changes: true };
            if (news.tokenId.toLowerCase() !== state.tokenId.toLowerCase()) {
                return { changes: true, replaces: ["tokenId"] };
            }
            const current = { ...state, server: news.server };
            const changes =
                news.server !== state.server ||
                news.tokenCreatedAt !== state.tokenCreatedAt ||
                !isDeepStrictEqual(news.settings, state.settings) ||
                !(await isInForce(current, context)) ||
                (await isToFollow(current, Number(news.renewDays), context));
            return { changes };
        },

        create: async (inputs, context) => ({
            id: `${inputs.tokenId}/passwords`,
            state: await issue(inputs, undefined, context),
        }),

        // With its slot: the next one belongs there, and not where developers may still hold the one before.
        read: async (state, context) => ({
            ...state,
            drift: (await isInForce(state, context)) ? "" : "does not work any more",
        }),

        update: async (state, inputs, context) => {
            const current = { ...state, ...inputs, drift: "" };
            const stays =
                (await isInForce(current, context)) &&
                (inputs.tokenCreatedAt === state.tokenCreatedAt || (await isListed(current, context))) &&
                !(await isToFollow(current, inputs.renewDays, context));
            return stays ? current : issue(inputs, state, context);
        },

        // Not the other slot: where the engine makes the one that replaces this first, that one is there.
        delete: async (state, context) => (await passwordsOf(state, context)).remove(state.slot),
    };
}

/**
 * azure-native keeps Azure's answer to the creation as it came, with none of the outputs that programs read, where it
 * could not read afterwards what it had made; and nothing but a refresh makes it read again.
 */
const notRecorded =
    "the registry or its token was made, but azure-native could not read it afterwards, so the state has neither the registry's server nor the token's time; run `pulumi up --refresh`, which reads them";

export const tokenPassword = tokenPasswordIn({
    now: () => new Date(),
    environment: process.env,
    proofSeconds: 180,
});
