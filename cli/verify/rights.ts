import type { Answer } from "../../components/oci/transport.ts";
import { LoginRefused, type RegistryClient } from "../../components/oci/client.ts";
import { fail, warn, type Finding } from "./finding.ts";

/** A digest that no image has, so that being let through does no harm. */
const nothing = `sha256:${"0".repeat(64)}`;

/**
 * Proves what the pull credential can't do, by trying it in ways that change nothing when they work.
 *
 * @param shared whether others have repositories there, too, which it must not read.
 */
export async function checkRights(
    client: RegistryClient,
    repository: string,
    shared: boolean,
): Promise<readonly Finding[]> {
    const found = await Promise.all([
        changes(client, repository),
        shared ? readAnother(client, repository) : undefined,
    ]);
    return found.flat().flatMap((right) => (right === undefined ? [] : [tooMuch(right)]));
}

/** Who pulls from a registry that was there already. */
export interface Puller {
    /** None where it is anybody. */
    readonly username: string | undefined;
    /** Whether all developers have this login; else each has one, and this is whose machine it is. */
    readonly common: boolean;
}

/**
 * Proves what can be proven of a registry that was there already, whose rights somebody else has given.
 *
 * @param pusher who pushes, as far as that is known here.
 */
export async function checkExistingRights(
    client: RegistryClient,
    repository: string,
    { username, common }: Puller,
    pusher: string | undefined,
): Promise<readonly Finding[]> {
    if (username === undefined) {
        return (await changes(client, repository)).map((right) =>
            notProven(`anybody can ${right}`, "let nobody push who isn't logged in"),
        );
    }
    if (!common) {
        return [
            notProven(
                `skipped: developers pull with logins of their own, so it is only proven that ${username} can, and not what they can't do`,
                "give all of them one that may only pull, with `pulumi config set pullUsername` and pullPassword",
            ),
        ];
    }
    if (username === pusher) {
        return [
            notProven(
                `skipped: ${username} pushes as well, so every developer can`,
                "give them another login, which may only pull, with `pulumi config set pullUsername` and pullPassword",
            ),
        ];
    }
    const [changed, read] = await Promise.all([changes(client, repository), readAnother(client, repository)]);
    return [
        ...changed.map((right) =>
            tooMuch(
                right,
                "have it replaced by one that may only pull, with `pulumi config set pullUsername` and pullPassword",
            ),
        ),
        ...(read === undefined
            ? []
            : [
                  notProven(
                      `the pull credential can ${read}, should there be one`,
                      "limit it to this one where the registry knows rights by repository",
                  ),
              ]),
    ];
}

/** What the login could change there. */
async function changes(client: RegistryClient, repository: string): Promise<readonly string[]> {
    const found = await Promise.all([startUpload(client, repository), deleteManifest(client, repository)]);
    return found.filter((right) => right !== undefined);
}

async function startUpload(client: RegistryClient, repository: string): Promise<string | undefined> {
    const response = await attempt(client, "POST", `/v2/${repository}/blobs/uploads/`);
    if (response === undefined || !response.ok) return undefined;
    const upload = response.headers.get("location");
    // An upload that nobody goes on with would lie about until the registry clears it away.
    if (upload !== null) {
        const { pathname, search } = new URL(upload, "http://registry");
        await attempt(client, "DELETE", pathname + search);
    }
    return "start an upload";
}

async function deleteManifest(client: RegistryClient, repository: string): Promise<string | undefined> {
    const response = await attempt(client, "DELETE", `/v2/${repository}/manifests/${nothing}`);
    // 404 is an answer for who may delete: there was nothing of that name.
    return response?.ok === true || response?.status === 404 ? "delete an image" : undefined;
}

async function readAnother(client: RegistryClient, repository: string): Promise<string | undefined> {
    const response = await attempt(client, "GET", `/v2/${repository}-another/tags/list`);
    // 404 is an answer for who may read it: there is none of that name.
    return response?.ok === true || response?.status === 404 ? "read another repository" : undefined;
}

/** Undefined when the login itself is refused for this. */
async function attempt(client: RegistryClient, method: string, path: string): Promise<Answer | undefined> {
    try {
        return await client.request(method, path);
    } catch (error) {
        if (error instanceof LoginRefused) return undefined;
        throw error;
    }
}

/** A proof that is missing, for a reason that is no fault of this stack's. */
function notProven(message: string, remedy: string): Finding {
    return warn(message, remedy, "credential");
}

function tooMuch(
    right: string,
    remedy = "replace it with one that may only pull this repository; `pulumi up` makes one",
): Finding {
    return fail(`the pull credential can ${right}`, remedy, "credential");
}
