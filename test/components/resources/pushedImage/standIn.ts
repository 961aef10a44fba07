import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach } from "mocha";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { fakeProgram, withEnvironment } from "../../../toolchain/support.ts";
import { temporaryFolders } from "../../../support/folder.ts";

export const digest = `sha256:${"ab".repeat(32)}`;

export interface Surroundings {
    /** The project's folder. */
    readonly root: string;
    /** The user's Docker folder. */
    readonly users: string;
    readonly inputs: Inputs;
    /** What `docker buildx build` was given. */
    readonly args: () => readonly string[];
    /** How often it was run. */
    readonly builds: () => number;
    /** What was in its DOCKER_CONFIG. */
    readonly config: () => Record<string, Record<string, unknown>>;
    /** What the registry was asked: method, path and body. */
    readonly asked: readonly string[];
    /** Anything else that the stand-in has noted under this name. */
    readonly noted: (name: string) => string;
}

/**
 * At the process's edge, for the tests of the `describe` that calls it: a `docker` that builds nothing and notes how it
 * was asked to, and a registry of manifests.
 *
 * @returns a function that sets both up. `tags` are what the registry has from the start, and `pushed` what the build
 *     puts there; `script` is the shell's, and runs within the build; `refusal` is what the registry answers to all, and
 *     `lockRefusal` to who wants to lock a tag; `login` is the only `user:password` that it takes. `images` are what the
 *     engine has; what it is to remove is noted as `removed`.
 */
export function standIns(): (options?: {
    readonly tags?: Readonly<Record<string, string>>;
    readonly pushed?: string;
    readonly script?: string;
    readonly refusal?: number;
    readonly lockRefusal?: number;
    readonly login?: string;
    readonly images?: readonly string[];
}) => Promise<Surroundings> {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const open: http.Server[] = [];
    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });

    return async ({
        tags = {},
        pushed = digest,
        script = "",
        refusal,
        lockRefusal,
        login,
        images = [],
    } = {}) => {
        const root = folder({
            ".foundation/context/dev/content-1/Dockerfile": "FROM bases.example/base:1\n",
            "users/config.json": "{}",
        });
        const notes = path.join(root, "notes");
        const bin = path.join(root, "bin");
        fs.mkdirSync(notes);
        fs.mkdirSync(bin);
        const asked: string[] = [];
        const server = http.createServer((request, response) => {
            const { method = "", url = "" } = request;
            void text(request).then((body) => asked.push(`${method} ${url} ${body}`.trim()));
            const tag = request.url?.split("/").at(-1) ?? "";
            const isBuilt = fs.existsSync(path.join(notes, "args"));
            const found = isBuilt ? pushed : tags[tag];
            const { authorization } = request.headers;
            const isWelcome = login === undefined || authorization === `Basic ${btoa(login)}`;
            const challenge = { "www-authenticate": 'Basic realm="stand-in"' };
            if (!isWelcome) response.writeHead(401, challenge).end();
            else if (method === "PATCH" && lockRefusal !== undefined) response.writeHead(lockRefusal).end();
            else if (refusal !== undefined) response.writeHead(refusal).end();
            else if (found === undefined) response.writeHead(404).end();
            else response.setHeader("docker-content-digest", found).end();
        });
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

        const build = [
            `echo run >> ${notes}/builds`,
            `cp "$DOCKER_CONFIG/config.json" ${notes}/config`,
            `ls -ld "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" | cut -c 1-10 > ${notes}/modes`,
            `env > ${notes}/env`,
            script,
            `for argument; do echo "$argument" >> ${notes}/args; done`,
            `while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && echo '{"containerimage.digest":"${digest}"}' > "$2"; shift; done`,
        ].join("\n");
        const image = `[ "$2" = rm ] && echo "$*" >> ${notes}/removed || printf '%s\\n' ${images.join(" ")}`;
        const commands = `case "$1" in\ncontext) echo the-context;;\nimage) ${image};;\nbuildx)\n${build}\n;;\nesac`;
        fakeProgram(bin, "docker", commands);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        setEnvironment("DOCKER_CONFIG", path.join(root, "users"));
        for (const name of ["BUILDX_CONFIG", "DOCKER_AUTH_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"]) {
            setEnvironment(name, undefined);
        }

        const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        const noted = (name: string): string => {
            const file = path.join(notes, name);
            return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
        };
        return {
            root,
            users: path.join(root, "users"),
            inputs: inputsFor(address),
            args: () => noted("args").split("\n").slice(0, -1),
            asked,
            builds: () => noted("builds").split("\n").length - 1,
            config: () => JSON.parse(noted("config")) as Record<string, Record<string, unknown>>,
            noted,
        };
    };
}

/** Inputs for a registry that is pushed to where it is pulled from. */
export function inputsFor(server: string): Inputs {
    return {
        context: ".foundation/context/dev/content-1",
        buildArgs: { FOUNDATION_TAG: "content-1" },
        platforms: [],
        attest: [],
        repository: "team/foundation",
        tag: "content-1",
        channel: "latest",
        server,
        username: "puller",
        password: "the pull password",
        pushServer: server,
        pushUsername: "pusher",
        pushPassword: "the push password",
        instance: "instance-1",
    };
}

/**
 * For the tests of the `describe` that calls it: registries that have an image with its label.
 *
 * @returns a function that starts one, with an image of this label under these tags, and tells what was put there. In the
 *     repository `several` it is for several platforms, and in `chart` it is no image.
 */
export function labelledImages() {
    const open: http.Server[] = [];
    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });

    return async (label: string, ...names: string[]) => {
        const config = JSON.stringify({
            os: "linux",
            architecture: "amd64",
            config: { Labels: { "foundation.tag": label } },
        });
        const manifest = JSON.stringify({ config: { digest: digestOf(config) } });
        const digest = digestOf(manifest);
        const manifests = ["amd64", "arm64"].map((architecture) => ({
            digest,
            platform: { os: "linux", architecture },
        }));
        const index = JSON.stringify({ manifests });
        const others: Readonly<Record<string, string>> = { several: index, chart: "{}" };
        const stored = [config, manifest, ...Object.values(others)];
        const put: string[] = [];
        const server = http.createServer((request, response) => {
            const [, , repository = "", ...rest] = request.url?.split("/") ?? [];
            const name = rest.at(-1) ?? "";
            const found = names.includes(name)
                ? (others[repository] ?? manifest)
                : stored.find((document) => digestOf(document) === name);
            void text(request).then((body) => {
                if (request.method === "PUT") {
                    put.push(`${name} ${request.headers["content-type"] ?? ""} ${digestOf(body)}`);
                    response.writeHead(201).end();
                } else if (found === undefined) response.writeHead(404).end();
                else {
                    response
                        .setHeader("docker-content-digest", digestOf(found))
                        .setHeader("content-type", "application/x")
                        .end(found);
                }
            });
        });
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        const inputs = { ...inputsFor(address), tag: "content-0123456789ab" };
        return { inputs, digest, index: digestOf(index), put };
    };
}

function digestOf(content: string): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
