import { Problem } from "../../components/problem.ts";
import { registryOf } from "../../components/workspace/emitted.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { namedImages, placesOf } from "./files.ts";
import type { Finding } from "./finding.ts";
import { remedyFor } from "./ownLines.ts";
import { checkPushSide } from "./pushSide.ts";
import { checkReferences, type Resolved } from "./references.ts";
import { checkRights } from "./rights.ts";

/** In all; a registry that takes longer fails the build rather than hold it up. */
const patience = 30_000;

/** What Docker runs on this machine, as images name it; here a machine without Docker may ask as well. */
const machine = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

/** What developers pull with. */
export interface Credential {
    readonly username: string;
    readonly password: string;
}

/**
 * Resolves what the emitted files name, and tries what the credential must not be able to do.
 *
 * @returns with `refusal`, what the registry says to a credential that it does not take at all.
 * @throws Problem when the registry does not answer.
 */
export async function checkRegistry(
    clone: Clone,
    emitted: Emitted,
    credential: Credential,
): Promise<{
    readonly resolved: readonly Resolved[];
    readonly findings: readonly Finding[];
    readonly refusal?: string;
}> {
    const { server } = registryOf(emitted.image);
    const repositories = Object.values(clone.manifest.images).map(
        ({ reference }) => parseReference(reference).repository,
    );
    // The one that we run on this machine serves this stack alone, and knows no rights by repository.
    const local = /^localhost:\d+$/.test(server) && clone.manifest.registry.kind === "local";
    const client = new RegistryClient(server, credential, AbortSignal.timeout(patience));
    // The credential goes to the registry it belongs to; an edited file must not have it sent elsewhere.
    const named = namedImages(clone);
    const ours = named.filter((other) => parseReference(other.image).server === server);
    const strangers = named
        .filter((other) => !ours.includes(other))
        .map(({ image: other, folders, ownLines }): Finding => {
            return {
                severity: "error",
                check: "reference",
                message: `${other}, named in ${placesOf({ folders })}, is in another registry than ${server}`,
                remedy: remedyFor(ownLines, "write the files again with `pulumi up` or `foundation sync`"),
            };
        });
    try {
        const { resolved, findings } = await checkReferences(client, ours, machine);
        const rights = [
            ...(await rightsIn(client, repositories, !local)),
            ...(local ? await checkPushSide(emitted, credential) : []),
        ];
        return { resolved, findings: [...strangers, ...findings, ...rights] };
    } catch (error) {
        if (error instanceof RegistrySilent) {
            const { wrong, remedy = "see whether the registry is up and can be reached from here" } =
                error.parts;
            throw new Problem({ wrong, remedy });
        }
        if (!(error instanceof LoginRefused)) throw error;
        return { resolved: [], findings: strangers, refusal: error.message };
    }
}

/** What the credential may do too much, in any of the repositories; each is said once. */
async function rightsIn(
    client: RegistryClient,
    repositories: readonly string[],
    shared: boolean,
): Promise<readonly Finding[]> {
    const found = await Promise.all(
        repositories.map((repository) => checkRights(client, repository, shared)),
    );
    return [...new Map(found.flat().map((finding) => [finding.message, finding])).values()];
}
