import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerRegistryManagementClient, Token } from "@azure/arm-containerregistry";
import { Problem } from "../problem.ts";
import { findCloud } from "./cloud.ts";
import { credentialOf, methodOf } from "./credential.ts";
import { azureProblem } from "./fault.ts";
import type { Settings } from "./settings.ts";
import type { Slot, SlotRecord } from "./slots.ts";

/** How long to wait for Azure, in seconds. */
export interface Patience {
    /** For one operation of Azure Resource Manager, with its retries and polls. */
    readonly operation: number;
    /** For a token that was just created to be found. */
    readonly appearance: number;
}

export const patience: Patience = { operation: 120, appearance: 30 };

/** A password that was just made. */
export interface Generated {
    readonly username: string;
    readonly value: string;
    readonly createdAt: Date | undefined;
    readonly expiresAt: Date | undefined;
}

interface TokenPath {
    readonly subscription: string;
    readonly group: string;
    readonly registry: string;
    readonly token: string;
}

/** The passwords of one token of a registry, in Azure Resource Manager. */
export class TokenPasswords {
    readonly #id: string;
    readonly #settings: Settings;
    readonly #signal: AbortSignal;
    readonly #patience: Patience;
    #connected: Promise<ContainerRegistryManagementClient> | undefined;

    /** @param id the token's full resource id. */
    constructor(id: string, settings: Settings, signal: AbortSignal, waiting = patience) {
        this.#id = id;
        this.#settings = settings;
        this.#signal = signal;
        this.#patience = waiting;
    }

    /** What Azure tells of the passwords; undefined when there is no such token. */
    async find(): Promise<readonly SlotRecord[] | undefined> {
        const found = await this.#get();
        return found && recordsOf(found);
    }

    /**
     * As {@link find}, for a token that is to get a password: it has to be there, though Azure may need a moment to say
     * so, and let its passwords in.
     */
    async mustFind(): Promise<readonly SlotRecord[]> {
        const deadline = performance.now() + this.#patience.appearance * 1000;
        for (;;) {
            const found = await this.#get();
            if (found?.status === "disabled") {
                throw new Problem({
                    wrong: `${this.#id}: the token is disabled, so none of its passwords works`,
                    remedy: `enable it with \`az acr token update --status enabled\` and run \`pulumi up\` again`,
                });
            }
            if (found !== undefined) return recordsOf(found);
            if (performance.now() > deadline) {
                throw new Problem({
                    wrong: `${this.#id}: there is no such token`,
                    remedy: `run \`pulumi up --refresh\`, which makes it again`,
                });
            }
            await this.#pause(1000);
        }
    }

    /** Makes a new password in this slot, and nowhere else. The one that was there is gone. */
    async generate(slot: Slot, expiry: Date): Promise<Generated> {
        return this.#call(async (client, { group, registry }, abortSignal) => {
            // A token that was just made may not be known here yet.
            const answer = await this.#persist([404, 409], () =>
                client.registries.generateCredentials(
                    group,
                    registry,
                    { tokenId: this.#id, name: slot, expiry },
                    { abortSignal },
                ),
            );
            // The other password is in the answer as well, without its value.
            const password = answer.passwords?.find(({ name }) => name === slot);
            if (answer.username === undefined || password?.value === undefined) {
                throw new Problem({
                    wrong: `${this.#id}: Azure made ${slot} but didn't tell it`,
                    remedy: `run \`pulumi up\` again`,
                });
            }
            return {
                username: answer.username,
                value: password.value,
                createdAt: password.creationTime,
                expiresAt: password.expiry,
            };
        });
    }

    /** Removes the password in this slot, and leaves the other one. A token that is gone has none. */
    async remove(slot: Slot): Promise<void> {
        const found = await this.#get();
        const passwords = found?.credentials?.passwords ?? [];
        const others = passwords.filter(({ name }) => name !== slot);
        if (others.length === passwords.length) return;
        await this.#call((client, { group, registry, token }, abortSignal) =>
            this.#persist([409], () =>
                client.tokens.update(
                    group,
                    registry,
                    token,
                    { credentials: { passwords: others } },
                    { abortSignal },
                ),
            ).catch(unlessMissing),
        );
    }

    async #get(): Promise<Token | undefined> {
        return this.#call((client, { group, registry, token }, abortSignal) =>
            client.tokens.get(group, registry, token, { abortSignal }).catch(unlessMissing),
        );
    }

    async #call<T>(
        work: (client: ContainerRegistryManagementClient, path: TokenPath, signal: AbortSignal) => Promise<T>,
    ): Promise<T> {
        const limited = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#patience.operation * 1000)]);
        try {
            this.#connected ??= this.#connect(limited);
            return await work(await this.#connected, pathOf(this.#id), limited);
        } catch (error) {
            if (this.#signal.aborted) throw new Problem({ wrong: `${this.#id}: interrupted` });
            throw azureProblem(error, this.#id, methodOf(this.#settings));
        }
    }

    /** Azure's client repeats what was throttled or failed, but not what came in the way of something else. */
    async #persist<T>(passing: readonly number[], work: () => PromiseLike<T>): Promise<T> {
        for (let pause = 1000; ; pause *= 2) {
            try {
                return await work();
            } catch (error) {
                if (!passing.some((status) => isStatus(error, status)) || pause > 16_000) throw error;
                await this.#pause(pause);
            }
        }
    }

    async #connect(signal: AbortSignal): Promise<ContainerRegistryManagementClient> {
        const cloud = await findCloud(this.#settings, methodOf(this.#settings) === "Azure CLI", signal);
        const credential = await credentialOf(this.#settings, cloud);
        const { ContainerRegistryManagementClient } = await import("@azure/arm-containerregistry");
        return new ContainerRegistryManagementClient(credential, pathOf(this.#id).subscription, {
            endpoint: cloud.resourceManager,
            credentials: { scopes: [`${cloud.audience}/.default`] },
        });
    }

    async #pause(milliseconds: number): Promise<void> {
        // An interruption is seen by the call that follows.
        await sleep(milliseconds, undefined, { signal: this.#signal }).catch(() => undefined);
    }
}

function pathOf(id: string): TokenPath {
    const parts =
        /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/([^/]+)\/tokens\/([^/]+)$/i.exec(
            id,
        );
    if (parts === null)
        throw new Problem({ wrong: `${JSON.stringify(id)} is not the id of a registry's token` });
    const [, subscription = "", group = "", registry = "", token = ""] = parts;
    return { subscription, group, registry, token };
}

function recordsOf({ credentials }: Token): SlotRecord[] {
    return (credentials?.passwords ?? []).flatMap(({ name, creationTime, expiry }) =>
        name === "password1" || name === "password2"
            ? [{ name, createdAt: creationTime, expiresAt: expiry }]
            : [],
    );
}

function unlessMissing(error: unknown): undefined {
    if (!isStatus(error, 404)) throw error;
}

function isStatus(error: unknown, status: number): boolean {
    return error instanceof Error && "statusCode" in error && error.statusCode === status;
}
