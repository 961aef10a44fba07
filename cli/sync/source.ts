import * as fs from "node:fs";
import * as path from "node:path";
import { ask } from "../../components/oci/transport.ts";
import { Problem, systemReason } from "../../components/problem.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import { parseManifest } from "../../components/workspace/manifest.ts";
import { readStackOutputs, type StackOutputs } from "../pulumi/stackOutputs.ts";

const patienceMs = 30_000;

/**
 * What the repository that publishes the foundations says of them.
 *
 * @param from its `foundation.lock.json`, by path or HTTPS URL, or its stack: what ends with `.json` is a file.
 * @param root where Pulumi is asked.
 * @throws Problem when it can't be read, or says nothing of foundations.
 */
export async function readSource(from: string, root: string): Promise<Manifest> {
    if (/^[a-z][a-z\d+.-]*:\/\//i.test(from)) return download(from);
    if (!from.endsWith(".json")) return fromOutputs(await readStackOutputs(root, from));
    const file = path.resolve(from);
    try {
        return parseManifest(fs.readFileSync(file, "utf8"), file);
    } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem({
            wrong: `${file} can't be read (${systemReason(error)})`,
            remedy: "name the foundation.lock.json of the repository that publishes the foundations",
        });
    }
}

async function download(from: string): Promise<Manifest> {
    const url = URL.canParse(from) ? new URL(from) : undefined;
    // A login or a token may be in the rest of it.
    const shown = url === undefined ? from : `${url.origin}${url.pathname}`;
    if (url?.protocol !== "https:") {
        throw new Problem({ wrong: `${shown} is not an HTTPS URL`, remedy: "use one, or a file" });
    }
    const remedy =
        "see whether it opens without a login; for one that needs it, download the file with what has it, and name that";
    try {
        const answer = await ask({ method: "GET", url, headers: {} }, AbortSignal.timeout(patienceMs));
        if (answer.url.protocol !== "https:") {
            throw new Problem({
                wrong: `${shown} leads to ${answer.url.origin}, which is not an HTTPS URL`,
                remedy,
            });
        }
        if (!answer.ok) throw new Problem({ wrong: `${shown} answers ${answer.status}`, remedy });
        return parseManifest(answer.body.toString("utf8"), shown);
    } catch (error) {
        if (error instanceof Problem) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new Problem({ wrong: `${shown} can't be read (${reason})`, remedy }, { cause: error });
    }
}

/** A stack says how each foundation is called, and not what they are built on. */
function fromOutputs(outputs: StackOutputs): Manifest {
    const { stack, registryServer: server, images, pullUsername: username = "" } = outputs;
    if (images === undefined) {
        throw new Problem({
            wrong: `the stack ${stack} was deployed by version 0.1, which says too little`,
            remedy: "deploy it with this version",
        });
    }
    return {
        version: 1,
        stack,
        registry: { kind: kindOf(outputs), server, username },
        images: Object.fromEntries(
            Object.entries(images).map(([name, { image: reference, digest, channelImage }]) => {
                const { tag: channel = "latest" } = splitReference(channelImage);
                return [name, { reference, digest, channel, uses: {} }];
            }),
        ),
        workspaces: {},
    };
}

/** Only of credentials that `pulumi up` makes it is known when they end, and those of a local registry never do. */
function kindOf({ pullPasswordExpiresAt }: StackOutputs): Manifest["registry"]["kind"] {
    if (pullPasswordExpiresAt === undefined) return "existing";
    return pullPasswordExpiresAt === "never" ? "local" : "azure";
}
