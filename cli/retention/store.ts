import * as v from "valibot";
import { setTagLock } from "../../components/azure/tagLock.ts";
import { docker } from "../../components/docker/docker.ts";
import { RegistryClient } from "../../components/oci/client.ts";
import { credentialFromEnvironment, loginOf } from "../../components/oci/credentials.ts";
import { readLogin, type Login } from "../../components/oci/dockerLogin.ts";
import { Problem } from "../../components/problem.ts";
import { registryProject } from "../../components/stackName.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { pulumi, pulumiJson } from "../pulumi/run.ts";
import { findPushPort } from "../verify/pushSide.ts";
import { namedLast } from "./names.ts";

/** A registry as the deploying identity sees it. */
export interface Store {
    readonly client: RegistryClient;
    /** When something was published, in milliseconds, by its tag or its digest; where nobody knows, it isn't there. */
    readonly published: (repository: string) => Promise<ReadonlyMap<string, number>>;
    /** Lets a tag be deleted. */
    readonly unlock?: (repository: string, tag: string) => Promise<void>;
    /** Gives back the room of what was deleted, where the registry doesn't do so by itself. */
    readonly collect?: () => Promise<void>;
}

/**
 * The registry that the emitted files are of, with who may delete there.
 *
 * @throws Problem when nobody is known who may.
 */
export async function openStore(clone: Clone, signal: AbortSignal): Promise<Store> {
    const {
        stack,
        registry: { kind, server },
    } = clone.manifest;
    if (kind === "local") return localStore(clone, stack, server, signal);
    if (kind === "azure") return azureStore(clone, stack, server, signal);
    const client = new RegistryClient(server, await pusher(clone, stack, server), signal);
    const times = namedLast(clone.root);
    return { client, published: () => times };
}

/** Whoever pushes, found as in a deployment. */
async function pusher(clone: Clone, stack: string, server: string): Promise<Login | undefined> {
    const { pushUsername } = clone.config(stack);
    if (pushUsername === undefined) return credentialFromEnvironment("PUSH") ?? (await readLogin(server));
    return loginOf(
        pushUsername,
        (await pulumi(clone.project, ["config", "get", "pushPassword", "--stack", stack])).trim(),
    );
}

const State = v.object({
    deployment: v.object({
        resources: v.optional(
            v.array(
                v.object({ urn: v.string(), outputs: v.optional(v.record(v.string(), v.unknown()), {}) }),
            ),
            [],
        ),
    }),
});

/** With its secret as `--show-secrets` has one. */
const User = v.object({
    username: v.string(),
    password: v.object({ plaintext: v.pipe(v.string(), v.parseJson(), v.string()) }),
});

async function localStore(clone: Clone, stack: string, server: string, signal: AbortSignal): Promise<Store> {
    const port = await findPushPort(server, stack);
    const args = ["stack", "export", "--show-secrets", "--stack", stack];
    const { resources } = (await pulumiJson(clone.project, args, State)).deployment;
    const made = resources.find(({ urn }) => urn.endsWith("HtpasswdUser::registry-pusher"));
    const user = v.safeParse(User, made?.outputs);
    if (!user.success) {
        throw new Problem({
            wrong: `the state of ${stack} has nobody who may push to its registry`,
            remedy: "run `pulumi up`",
        });
    }
    const { username, password } = user.output;
    const login = { username, password: password.plaintext };
    const label = (name: string, value: string) => ["--filter", `label=com.docker.compose.${name}=${value}`];
    const found = await docker([
        ...["ps", "--quiet", ...label("project", registryProject(stack)), ...label("service", "push")],
    ]);
    const container = found.trim();
    return {
        client: new RegistryClient(`localhost:${port}`, login, signal),
        published: async (repository) => timesInVolume(container, repository),
        collect: async () => {
            const command = ["registry", "garbage-collect", "/etc/distribution/config.yml"];
            await docker(["exec", container, ...command], { seconds: 600 });
        },
    };
}

/** When each tag was written, by its file in the volume: the distribution API tells no times. */
async function timesInVolume(container: string, repository: string): Promise<ReadonlyMap<string, number>> {
    const tags = `/var/lib/registry/docker/registry/v2/repositories/${repository}/_manifests/tags`;
    // There may be no other program than the registry in it.
    const archive = await docker(["cp", `${container}:${tags}`, "-"], { seconds: 60 });
    return new Map(
        tarEntries(archive).flatMap(({ name, seconds }) => {
            const tag = /^tags\/([^/]+)\/current\/link$/.exec(name)?.[1];
            return tag === undefined ? [] : [[tag, seconds * 1000] as const];
        }),
    );
}

/** Names and times in a tar archive of texts (POSIX ustar: blocks of 512 bytes, numbers in octal). */
function tarEntries(archive: string): { readonly name: string; readonly seconds: number }[] {
    const entries = [];
    for (let start = 0; start < archive.length;) {
        const field = (offset: number, length: number) =>
            archive.slice(start + offset, start + offset + length).split("\0", 1)[0] ?? "";
        const size = parseInt(field(124, 12), 8) || 0;
        entries.push({ name: field(0, 100), seconds: parseInt(field(136, 12), 8) || 0 });
        start += 512 + Math.ceil(size / 512) * 512;
    }
    return entries;
}

const TagPage = v.object({
    tags: v.nullish(v.array(v.object({ name: v.string(), lastUpdateTime: v.string() })), []),
});

async function timesInAzure(
    client: RegistryClient,
    repository: string,
): Promise<ReadonlyMap<string, number>> {
    const tags = await client.pages(`/acr/v1/${repository}/_tags`, TagPage);
    return new Map(
        (tags ?? []).flatMap((page) =>
            page.tags.map(({ name, lastUpdateTime }) => [name, Date.parse(lastUpdateTime)] as const),
        ),
    );
}

const Config = v.record(v.string(), v.object({ value: v.optional(v.string()) }));

async function azureStore(clone: Clone, stack: string, server: string, signal: AbortSignal): Promise<Store> {
    const [{ pushLogin }, { readSettings }, config] = await Promise.all([
        import("../../components/azure/exchange.ts"),
        import("../../components/azure/settings.ts"),
        pulumiJson(clone.project, ["config", "--json", "--show-secrets", "--stack", stack], Config),
    ]);
    const prefix = "azure-native:";
    const configured = Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, { value = "" }]) => [key.slice(prefix.length), value]),
    );
    const settings = readSettings(configured, process.env);
    const client = new RegistryClient(server, await pushLogin(server, settings, signal), signal);
    return {
        client,
        published: (repository) => timesInAzure(client, repository),
        unlock: async (repository, tag) => {
            const { ok, status } = await setTagLock(client, repository, tag, false);
            if (ok || status === 404) return;
            throw new Problem({
                wrong: `${server} doesn't unlock ${repository}:${tag} (${status})`,
                remedy: "give whoever is signed in to Azure here the right to change its attributes (docs/azure.md)",
            });
        },
    };
}
