import { Problem } from "../../components/problem.ts";
import { registryOf } from "../../components/workspace/emitted.ts";
import { readStackConfig } from "../../components/workspace/stackConfig.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { namedImages } from "./files.ts";
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
    root: string,
    emitted: Emitted,
    credential: Credential,
): Promise<{
    readonly resolved: readonly Resolved[];
    readonly findings: readonly Finding[];
    readonly refusal?: string;
}> {
    const { server, repository } = registryOf(emitted.image);
    // The one that we run on this machine serves this stack alone, and knows no rights by repository.
    const local = /^localhost:\d+$/.test(server) && readStackConfig(root, emitted.stack).registry === "local";
    const client = new RegistryClient(server, credential, AbortSignal.timeout(patience));
    // The credential goes to the registry it belongs to; an edited file must not have it sent elsewhere.
    const named = namedImages(root);
    const ours = named.filter((other) => parseReference(other.image).server === server);
    const strangers = named
        .filter((other) => !ours.includes(other))
        .map(({ image: other, folders, ownLines }): Finding => {
            return {
                severity: "error",
                check: "reference",
                message: `${other}, named in the .env of ${folders.join(", ")}, is in another registry than ${server}`,
                remedy: remedyFor(ownLines, "write the files again with `pulumi up` or `foundation sync`"),
            };
        });
    try {
        const { resolved, findings } = await checkReferences(client, ours, machine);
        const rights = [
            ...(await checkRights(client, repository, !local)),
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
