import { isDeepStrictEqual } from "node:util";
import { Problem } from "../problem.ts";
import { login, patiently, type LoginAnswer } from "./azure/login.ts";
import { readSettings, type Configured } from "./azure/settings.ts";
import { day, isDue, isRecordOf, slotFor, type Slot } from "./azure/slots.ts";
import type { TokenPasswords } from "./azure/tokenPasswords.ts";
import { unknownValue, type Context, type CustomResource } from "./resource.ts";

interface Inputs {
    readonly tokenId: string;
    readonly server: string;
    readonly lifetimeDays: number;
    readonly renewDays: number;
    readonly settings: Configured;
}

interface State extends Inputs {
    readonly username: string;
    readonly password: string;
    /** In RFC 3339. */
    readonly expiresAt: string;
    readonly createdAt: string;
    readonly slot: Slot;
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
        const { TokenPasswords } = await import("./azure/tokenPasswords.ts");
        return new TokenPasswords(tokenId, readSettings(settings, environment), signal);
    }

    /** Whether the password of the state works; where the registry gives no answer, whether Azure still lists it. */
    async function isInForce(state: State, context: Context): Promise<boolean> {
        const answer = await login(state.server, state, context.signal);
        if (answer === "accepted") return true;
        if (answer === "refused") return false;
        const found = await (await passwordsOf(state, context)).find();
        return found !== undefined && isRecordOf(found, state, now());
    }

    /** Makes a password and proves it; it is not published before it works. */
    async function issue(inputs: Inputs, live: State | undefined, context: Context): Promise<State> {
        const passwords = await passwordsOf(inputs, context);
        const found = await passwords.mustFind();
        // One that works is in force whatever Azure lists, and one that Azure lists may work again in a moment.
        const isLive =
            live !== undefined &&
            (isRecordOf(found, live, now()) ||
                (await login(inputs.server, live, context.signal)) === "accepted");
        const slot = slotFor(found, isLive ? live.slot : undefined, now());
        const generated = await passwords.generate(
            slot,
            new Date(now().getTime() + inputs.lifetimeDays * day),
        );
        if (generated.expiresAt === undefined) {
            throw new Problem(
                `${inputs.tokenId}: Azure made ${slot} without an end; run \`pulumi up\` again`,
            );
        }
        const user = { username: generated.username, password: generated.value };
        await prove(inputs, user, context);
        return {
            ...inputs,
            ...user,
            expiresAt: generated.expiresAt.toISOString(),
            createdAt: (generated.createdAt ?? now()).toISOString(),
            slot,
        };
    }

    async function prove(
        { tokenId, server }: Inputs,
        user: { readonly username: string; readonly password: string },
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
        throw new Problem(
            `${tokenId}: the new password does not work at ${server} after ${proofSeconds} seconds (${reason}), so it was not published; the one before still counts. See that the token is enabled and that this machine may reach the registry, and run \`pulumi up\` again`,
        );
    }

    return {
        secrets: ["password"],

        diff: async (state, news, context) => {
            // The token is still to be made: what becomes of its passwords shows when it is.
            if (news.tokenId === unknownValue || news.server === unknownValue) return { changes: true };
            if (news.tokenId.toLowerCase() !== state.tokenId.toLowerCase()) {
                return { changes: true, replaces: ["tokenId"] };
            }
            const current = { ...state, server: news.server };
            const changes =
                news.server !== state.server ||
                !isDeepStrictEqual(news.settings, state.settings) ||
                isDue(state.expiresAt, Number(news.renewDays), now()) ||
                !(await isInForce(current, context));
            return { changes };
        },

        create: async (inputs, context) => ({
            id: `${inputs.tokenId}/passwords`,
            state: await issue(inputs, undefined, context),
        }),

        read: async (state, context) => ((await isInForce(state, context)) ? state : undefined),

        update: async (state, inputs, context) => {
            const current = { ...state, ...inputs };
            const stays =
                !isDue(state.expiresAt, inputs.renewDays, now()) && (await isInForce(current, context));
            return stays ? current : issue(inputs, state, context);
        },

        delete: async (state, context) => (await passwordsOf(state, context)).clear(),
    };
}

export const tokenPassword = tokenPasswordIn({
    now: () => new Date(),
    environment: process.env,
    proofSeconds: 180,
});
