import { registryOf, type Emitted } from "../../components/workspace/emitted.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { LoginRefused, RegistrySilent } from "../../components/oci/client.ts";
import { asDeveloper, credentialFromEnvironment } from "../../components/oci/credentials.ts";
import type { PasswordLogin } from "../../components/oci/dockerLogin.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import { ownLoginCommand } from "../../components/render/ownLogin.ts";
import { namedImages, placed } from "./files.ts";
import { fail, type Finding } from "./finding.ts";
import { remedyFor } from "./ownLines.ts";
import { unreached } from "../status/askRegistry.ts";
import { checkPushSide } from "./pushSide.ts";
import { checkReferences, type Resolved } from "./references.ts";
import { checkExistingRights, checkRights } from "./rights.ts";

/** In all; a registry that takes longer fails the build rather than hold it up. */
const patienceMs = 30_000;

/** What Docker runs on this machine, as images name it; here a machine without Docker may ask as well. */
const machine = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

/**
 * Resolves what the emitted files name, and tries what the credential must not be able to do.
 *
 * @param credential none where developers have logins of their own, or need none.
 * @returns with `refusal`, what the registry says to a credential that it does not take at all, and with `anybody`,
 *     whether no login is needed.
 * @throws Problem when the registry does not answer.
 */
export async function checkRegistry(
    clone: Clone,
    emitted: Emitted,
    credential: PasswordLogin | undefined,
): Promise<{
    readonly resolved: readonly Resolved[];
    readonly findings: readonly Finding[];
    readonly refusal?: string;
    readonly anybody?: boolean;
}> {
    const { server, repository, tag } = registryOf(emitted.image);
    const { kind } = clone.manifest.registry;
    const repositories = Object.values(clone.manifest.images).map(
        ({ reference }) => parseReference(reference).repository,
    );
    // The one that we run on this machine serves this stack alone, and knows no rights by repository.
    const local = /^localhost:\d+$/.test(server) && kind === "local";
    // The credential goes to the registry it belongs to; an edited file must not have it sent elsewhere.
    const named = namedImages(clone);
    const ours = named.filter((other) => parseReference(other.image).server === server);
    const strangers = named
        .filter((other) => !ours.includes(other))
        .map((other) =>
            fail(
                `${placed(other)} is in another registry than ${server}`,
                remedyFor(other.ownLines, "write the files again with `pulumi up` or `foundation sync`"),
                "reference",
            ),
        );
    try {
        const image = { repository, reference: tag ?? emitted.digest };
        const signal = AbortSignal.timeout(patienceMs);
        const { client, login } = await asDeveloper(server, credential, image, signal);
        const { resolved, findings } = await checkReferences(client, ours, machine);
        const puller = { username: login?.username, common: credential !== undefined };
        const pusher =
            clone.config(emitted.stack).pushUsername ?? credentialFromEnvironment("PUSH")?.username;
        const rights = await rightsIn(repositories, (name) =>
            kind === "existing"
                ? checkExistingRights(client, name, puller, pusher)
                : checkRights(client, name, !local),
        );
        const push = local && credential !== undefined ? await checkPushSide(emitted, credential) : [];
        const all = [...strangers, ...findings, ...rights, ...push];
        return { resolved, findings: all, anybody: login === undefined };
    } catch (error) {
        if (error instanceof RegistrySilent) throw unreached(error, kind);
        if (!(error instanceof LoginRefused)) throw error;
        if (kind === "existing") {
            const remedy =
                credential === undefined
                    ? `log in with \`${ownLoginCommand(server)}\``
                    : "give developers a valid one with `pulumi config set --secret pullPassword <value>`, or here in FOUNDATION_PULL_PASSWORD";
            return { resolved: [], findings: [...strangers, fail(error.message, remedy, "credential")] };
        }
        return { resolved: [], findings: strangers, refusal: error.message };
    }
}

/** What the credential may do too much, in any of the repositories; each is said once. */
async function rightsIn(
    repositories: readonly string[],
    check: (repository: string) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
    const found = await Promise.all(repositories.map(check));
    return [...new Map(found.flat().map((finding) => [finding.message, finding])).values()];
}
