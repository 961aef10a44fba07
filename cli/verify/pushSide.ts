import { Problem } from "../../components/problem.ts";
import { RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import type { PasswordLogin } from "../../components/oci/dockerLogin.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import { mustAnswer } from "../../components/docker/ask.ts";
import { registryProject } from "../../components/stackName.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { warn, type Finding } from "./finding.ts";
import { checkRights } from "./rights.ts";

/** It is on this machine. */
const patienceMs = 5000;

/** The local registry takes pushes on a port of its own, where this credential must be worth nothing at all. */
export async function checkPushSide(
    { image, stack }: Emitted,
    credential: PasswordLogin,
): Promise<readonly Finding[]> {
    const { server, repository } = parseReference(image);
    try {
        const port = await findPushPort(server, stack);
        const client = new RegistryClient(`localhost:${port}`, credential, AbortSignal.timeout(patienceMs));
        return await checkRights(client, repository, false);
    } catch (error) {
        if (error instanceof RegistrySilent) {
            return [notTried(error.message, "see whether that registry is paused or busy with `docker ps`")];
        }
        if (!(error instanceof Problem)) throw error;
        const { wrong, remedy = "" } = error.parts;
        return [notTried(wrong, remedy)];
    }
}

/**
 * Asks Docker, for it knows whose port it is. What is configured may not be deployed, or not be in this clone, and the
 * port then another's, to whom the password must not go.
 *
 * @throws Problem when that can't be told.
 */
export async function findPushPort(pullServer: string, stack: string): Promise<string> {
    const text = await mustAnswer([
        "ps",
        "--filter",
        `label=com.docker.compose.project=${registryProject(stack)}`,
        "--format",
        '{{.Label "com.docker.compose.service"}}\t{{.Ports}}',
    ]);
    const ports = new Map(
        text.split("\n").map((line) => {
            const [service = "", published = ""] = line.split("\t");
            return [service, /:(\d+)->/.exec(published)?.[1]] as const;
        }),
    );
    if (pullServer !== `localhost:${ports.get("pull")}`) {
        throw new Problem({
            wrong: `Docker knows of no registry of stack ${stack} at ${pullServer}`,
            remedy: "run this where the registry runs",
        });
    }
    const port = ports.get("push");
    if (port === undefined) {
        throw new Problem({
            wrong: "the registry that takes pushes doesn't run",
            remedy: "start it with `pulumi up`",
        });
    }
    return port;
}

function notTried(reason: string, remedy: string): Finding {
    const why = reason.replaceAll(/\s+/g, " ");
    return warn(
        `skipped: could not check that the push port rejects the pull credential: ${why}`,
        remedy,
        "credential",
    );
}
