import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";

/**
 * Outputs by type, which is preceded by the component's (`foundation:index:AzureRegistry$pulumi:index:Stash`), and by type
 * and name (`…:Stash::registry-owner`).
 */
export type LastState = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * This stack's resources as the last deployment left them, whether it came to its end or was killed. A program can't
 * see from its resources alone what is still to be created.
 */
export async function readLastState(): Promise<LastState> {
    const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const { outputs } = v.parse(
        Recorded,
        await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }),
    );
    return new Map(
        Object.entries(outputs).flatMap(([urn, recorded]) => {
            const [, , type = "", name = ""] = urn.split("::");
            return [
                [type, recorded.outputs],
                [`${type}::${name}`, recorded.outputs],
            ];
        }),
    );
}

/** By URN, and then by name. */
const Recorded = v.object({
    outputs: v.record(v.string(), v.object({ outputs: v.nullish(v.record(v.string(), v.unknown()), {}) })),
});
