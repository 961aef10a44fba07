import * as v from "valibot";
import { parseBody } from "./body.ts";
import type { Clock } from "./clock.ts";
import { invalid } from "./error.ts";
import type { Password, PasswordName } from "./password.ts";
import { newPasswordValue, passwordNames } from "./password.ts";

const Properties = v.strictObject({
    scopeMapId: v.string(),
    status: v.optional(v.picklist(["enabled", "disabled"])),
    credentials: v.nullish(
        v.strictObject({
            certificates: v.nullish(v.pipe(v.array(v.unknown()), v.empty())),
            passwords: v.nullish(
                v.array(
                    v.strictObject({
                        name: v.picklist(passwordNames),
                        creationTime: v.nullish(v.pipe(v.string(), v.isoTimestamp())),
                        expiry: v.nullish(v.pipe(v.string(), v.isoTimestamp())),
                    }),
                ),
            ),
        }),
    ),
});

const Body = v.strictObject({ properties: Properties });
const Update = v.strictObject({ properties: v.partial(Properties) });

/** What a value that was replaced is still good for: regeneration takes a while to reach the registry. */
interface Replication {
    readonly until: number;
    readonly former: Password | undefined;
}

/** A name with two passwords that may do what a scope map says. */
export class Token {
    readonly id: string;
    readonly name: string;
    readonly creationDate: Date;
    scopeMapId = "";
    status: "enabled" | "disabled" = "enabled";
    readonly #clock: Clock;
    readonly #passwords = new Map<PasswordName, Password>();
    readonly #replications = new Map<PasswordName, Replication>();
    readonly #generated = new Set<PasswordName>();

    constructor(id: string, name: string, clock: Clock) {
        this.id = id;
        this.name = name;
        this.#clock = clock;
        this.creationDate = clock.now();
    }

    /** Replaces everything that can be set: passwords that are not listed are gone. */
    put(body: unknown): void {
        const { properties } = parseBody(Body, body);
        this.scopeMapId = properties.scopeMapId;
        this.status = properties.status ?? "enabled";
        this.#keep(properties.credentials?.passwords ?? []);
    }

    /** Changes what is given: passwords only when they are listed, and then to the subset listed. */
    patch(body: unknown): void {
        const { properties } = parseBody(Update, body);
        if (properties.scopeMapId !== undefined) this.scopeMapId = properties.scopeMapId;
        if (properties.status) this.status = properties.status;
        if (properties.credentials?.passwords) this.#keep(properties.credentials.passwords);
    }

    /** Returns the new password; of one that was there before, the registry hears only after the delay. */
    generate(name: PasswordName, expiry: Date | undefined, replicationDelay: number): Password {
        if (expiry && expiry <= this.#clock.now())
            throw invalid(`The expiry '${expiry.toISOString()}' is in the past.`);
        if (this.#generated.has(name)) {
            const until = this.#clock.now().getTime() + replicationDelay;
            this.#replications.set(name, { until, former: this.#passwords.get(name) });
        }
        this.#generated.add(name);
        const password = {
            name,
            value: newPasswordValue(),
            creationTime: this.#clock.now(),
            ...(expiry && { expiry }),
        };
        this.#passwords.set(name, password);
        return password;
    }

    /** Whether the registry lets somebody in with this value, now. */
    accepts(value: string): boolean {
        if (this.status === "disabled") return false;
        const now = this.#clock.now().getTime();
        return passwordNames.some((name) => {
            const replication = this.#replications.get(name);
            const password =
                replication && now < replication.until ? replication.former : this.#passwords.get(name);
            return password?.value === value && (!password.expiry || now < password.expiry.getTime());
        });
    }

    get passwords(): readonly Password[] {
        return passwordNames.flatMap((name) => this.#passwords.get(name) ?? []);
    }

    render(): object {
        return {
            id: this.id,
            name: this.name,
            type: "Microsoft.ContainerRegistry/registries/tokens",
            properties: {
                creationDate: this.creationDate.toISOString(),
                provisioningState: "Succeeded",
                scopeMapId: this.scopeMapId,
                status: this.status,
                credentials: { certificates: [], passwords: this.passwords.map(renderPassword) },
            },
        };
    }

    #keep(listed: readonly { readonly name: PasswordName }[]): void {
        for (const name of passwordNames) {
            if (listed.some((password) => password.name === name)) continue;
            this.#passwords.delete(name);
            this.#replications.delete(name);
        }
    }
}

export function renderPassword({ name, creationTime, expiry }: Password): object {
    return {
        name,
        creationTime: creationTime.toISOString(),
        ...(expiry && { expiry: expiry.toISOString() }),
    };
}
