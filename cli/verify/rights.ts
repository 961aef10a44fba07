import type { Answer } from "../../components/oci/transport.ts";
import { LoginRefused, type RegistryClient } from "../../components/oci/client.ts";
import type { Finding } from "./finding.ts";

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
    const findings = await Promise.all([
        startUpload(client, repository),
        deleteManifest(client, repository),
        ...(shared ? [readAnother(client, repository)] : []),
    ]);
    return findings.flatMap((finding) => (finding === undefined ? [] : [tooMuch(finding)]));
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

function tooMuch(right: string): Finding {
    return {
        severity: "error",
        check: "credential",
        message: `the pull credential can ${right}`,
        remedy: "replace it with one that may only pull this repository; `pulumi up` makes one",
    };
}
