import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { RegistryClient } from "../../oci/client.ts";
import { Problem } from "../../problem.ts";
import { removeLocalTags } from "../../docker/localTags.ts";
import type { Context, CustomResource } from "../resource.ts";

interface Inputs {
    readonly server: string;
    readonly repository: string;
    readonly tag: string;
    readonly digest: string;
    readonly username: string;
    readonly password: string;
    readonly pushServer: string;
    readonly instance: string;
    readonly builder: string;
}

/** With another of any of them, the image was pushed again. */
const marks = ["server", "repository", "tag", "digest", "instance", "builder"] as const;

/**
 * An image that is proven to be in the registry under its tag, by the credential that developers hold. What is
 * emitted comes after it, so that nobody is ever pointed at an image that can't be pulled.
 */
export const publishedImage: CustomResource<Inputs, Inputs> = {
    diff: (state, news) =>
        Promise.resolve({
            changes: marks.some((key) => state[key] !== news[key]),
        }),

    create: async (inputs, context) => {
        await publish(inputs, context);
        return { id: `${inputs.server}/${inputs.repository}`, state: inputs };
    },

    update: async (_state, inputs, context) => {
        await publish(inputs, context);
        return inputs;
    },

    // Not with the build: one that is made anew, as by `pulumi up --replace`, still needs its copy.
    delete: async (_state, { root, stack }) => {
        const { removeStagedContexts } = await import("../../workspace/stagedContext.ts");
        removeStagedContexts(root, stack);
    },
};

async function publish(inputs: Inputs, context: Context): Promise<void> {
    const { server, repository, tag, digest, username, password, pushServer } = inputs;
    const limited = AbortSignal.any([context.signal, AbortSignal.timeout(30_000)]);
    const found = await new RegistryClient(server, { username, password }, limited).digest(repository, tag);
    if (found !== digest) {
        throw new Problem(
            `${server}/${repository}:${tag} should be ${digest} after the push, but ${username} finds ${found ?? "no such image"}; nothing was emitted. Run \`pulumi up\` again, and see that nobody else pushes this tag`,
        );
    }
    removeCredentialCopies(pushServer);
    // A registry with a door of its own for pushes leaves tags behind that nobody ever pulls.
    if (pushServer !== server) await removeLocalTags(pushServer, context.info);
}

/**
 * Removes the Docker configurations that docker-build 0.0.22 leaves in the temporary folder, with the push credential
 * in plain text. Those without this server's may belong to a build that is still running.
 */
function removeCredentialCopies(server: string): void {
    for (const name of fs.readdirSync(os.tmpdir()).filter((entry) => /^pulumi-docker-\d+$/.test(entry))) {
        const folder = path.join(os.tmpdir(), name);
        const file = path.join(folder, "config.json");
        if (!fs.existsSync(file)) continue;
        const { auths = {} } = JSON.parse(fs.readFileSync(file, "utf8")) as {
            auths?: Record<string, unknown>;
        };
        if (server in auths) fs.rmSync(folder, { recursive: true, force: true });
    }
}
