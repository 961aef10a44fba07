import * as v from "valibot";
import { parseBody, tags } from "./body.ts";

const Status = v.optional(v.picklist(["Enabled", "Disabled"]), "Enabled");

/**
 * As in API version 2019-06-01-preview, which is azure-native's default. Left out, and so refused: builds, files and
 * repositories of sources, identities, credentials, agent pools.
 */
const Body = v.strictObject({
    location: v.string(),
    tags,
    properties: v.strictObject({
        status: Status,
        platform: v.strictObject({
            os: v.picklist(["Linux", "Windows"]),
            architecture: v.optional(v.picklist(["amd64", "x86", "386", "arm", "arm64"]), "amd64"),
        }),
        agentConfiguration: v.optional(v.strictObject({ cpu: v.number() }), { cpu: 2 }),
        timeout: v.optional(v.pipe(v.number(), v.minValue(300), v.maxValue(28_800)), 3600),
        isSystemTask: v.optional(v.boolean(), false),
        step: v.strictObject({
            type: v.literal("EncodedTask"),
            encodedTaskContent: v.pipe(v.string(), v.base64()),
        }),
        trigger: v.optional(
            v.strictObject({
                timerTriggers: v.array(
                    v.strictObject({
                        name: v.string(),
                        schedule: v.pipe(v.string(), v.regex(/^\S+( \S+){4}$/, "is no CRON expression")),
                        status: Status,
                    }),
                ),
            }),
        ),
    }),
});

/** What a registry does by itself, on a schedule. The fake never runs it. */
export class Task {
    readonly id: string;
    readonly name: string;
    readonly creationDate: Date;
    #settings: v.InferOutput<typeof Body>;

    constructor(id: string, name: string, creationDate: Date, body: unknown) {
        this.id = id;
        this.name = name;
        this.creationDate = creationDate;
        this.#settings = parseBody(Body, body);
    }

    put(body: unknown): void {
        this.#settings = parseBody(Body, body);
    }

    /** The file of steps that it runs. */
    get content(): string {
        return Buffer.from(this.#settings.properties.step.encodedTaskContent, "base64").toString();
    }

    render(): object {
        const { properties, ...rest } = this.#settings;
        return {
            id: this.id,
            name: this.name,
            type: "Microsoft.ContainerRegistry/registries/tasks",
            ...rest,
            properties: {
                ...properties,
                creationDate: this.creationDate.toISOString(),
                provisioningState: "Succeeded",
            },
        };
    }
}
