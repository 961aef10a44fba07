import * as v from "valibot";
import { parseBody, tags } from "./body.ts";
import { ArmError } from "./error.ts";
import type { Registry } from "./registry.ts";

const Body = v.strictObject({ location: v.string(), tags });

export class ResourceGroup {
    readonly id: string;
    readonly name: string;
    readonly registries = new Map<string, Registry>();
    #settings: v.InferOutput<typeof Body>;

    constructor(id: string, name: string, body: unknown) {
        this.id = id;
        this.name = name;
        this.#settings = parseBody(Body, body);
    }

    put(body: unknown): void {
        const settings = parseBody(Body, body);
        if (settings.location.toLowerCase() !== this.#settings.location.toLowerCase()) {
            throw new ArmError(
                409,
                "InvalidResourceGroupLocation",
                `The resource group '${this.name}' already exists in location '${this.#settings.location}'.`,
            );
        }
        this.#settings = settings;
    }

    render(): object {
        return {
            id: this.id,
            name: this.name,
            type: "Microsoft.Resources/resourceGroups",
            location: this.#settings.location,
            tags: this.#settings.tags,
            properties: { provisioningState: "Succeeded" },
        };
    }
}
