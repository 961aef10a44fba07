import type { RegistryClient } from "../../components/oci/client.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import { republish } from "../status/model.ts";
import { platformProblem } from "../status/platform.ts";
import { placed, type Named } from "./files.ts";
import { fail, warn, type Finding } from "./finding.ts";
import { remedyFor } from "./ownLines.ts";

/** An image that was looked up in the registry. */
export interface Resolved extends Named {
    /** What the registry has under the reference; null when it has nothing. */
    readonly found: string | null;
}

/** Looks up every image that is named, and compares digests. */
export async function checkReferences(
    client: RegistryClient,
    named: readonly Named[],
    platform: string,
): Promise<{ readonly resolved: readonly Resolved[]; readonly findings: readonly Finding[] }> {
    const resolved = await Promise.all(
        named.map(async (image): Promise<Resolved> => {
            const { repository, tag } = parseReference(image.image);
            return { ...image, found: (await client.digest(repository, tag ?? "latest")) ?? null };
        }),
    );
    const platforms = await Promise.all(resolved.map((image) => platformFindings(client, image, platform)));
    return { resolved, findings: [...resolved.flatMap(referenceFindings), ...platforms.flat()] };
}

/** Those who have another machine may well pull it, so this is no error. */
async function platformFindings(
    client: RegistryClient,
    { name, image, found }: Resolved,
    platform: string,
): Promise<Finding[]> {
    if (found === null) return [];
    const remote = await client.image(parseReference(image).repository, found, platform);
    const problem = remote && platformProblem(name ?? "foundation", remote.platforms, platform);
    if (problem === undefined) return [];
    return [warn(problem.wrong, problem.remedy, "reference")];
}

const publish = `publish it again with ${republish}`;

function referenceFindings(image: Resolved): Finding[] {
    const { digest, ownLines, found } = image;
    if (found === digest) return [];
    if (found === null) {
        return [fail(`${placed(image)} is not in the registry`, remedyFor(ownLines, publish), "reference")];
    }
    // Nothing of the stack has changed, so `pulumi up` alone would do nothing.
    const remedy = `get the newest emitted files with \`git pull\`, and where those say the same, ${publish}`;
    const message = `${placed(image)} is ${found} in the registry, expected ${digest}`;
    return [fail(message, remedyFor(ownLines, remedy), "reference")];
}
