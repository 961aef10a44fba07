import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Status } from "../../cli/status/model.ts";
import { appText, blockFor } from "../support/emitted.ts";
import { oneImage } from "../support/example.ts";
import { temporaryFolders } from "../support/folder.ts";

const project = path.dirname(path.dirname(import.meta.dirname));

/**
 * Has a program say in the end how long it has had the processor, in milliseconds. On an idle machine that is nearly all
 * of the time that a person waits; on one that runs other tests it is the only part that is the program's own.
 * Machines differ, and so does one machine from hour to hour: the unit is what an empty Node takes beside it.
 */
const tellsItsTime = `data:text/javascript,${encodeURIComponent(
    'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.error((user + system) / 1000); });',
)}`;

describe("foundation status, with a Docker that answers at once", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const servers: http.Server[] = [];
    const image = "localhost:5050/foundation:content-0123456789ab";
    const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `app${index}`);

    before(function () {
        // The docker command here is a script.
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => {
        for (const server of servers.splice(0)) {
            server.closeAllConnections();
            server.close();
        }
    });

    /** An engine with many apps, each built on the official foundation and running; gives its port. */
    async function engine(count: number): Promise<number> {
        const labels = { "foundation.tag": "content-0123456789ab" };
        const images = new Map([
            [
                "sha256:f",
                { tags: [image], digests: ["localhost:5050/foundation@sha256:1"], layers: ["a", "b"] },
            ],
            ...namesOf(count).map((name) => {
                const built = {
                    tags: [`${name}-1a2b3c-${name}:latest`],
                    digests: [],
                    layers: ["a", "b", name],
                };
                return [`sha256:${name}`, built] as const;
            }),
        ]);
        const containers = namesOf(count).map((name) => ({
            Names: [`/${name}-1`],
            State: "running",
            ImageID: `sha256:${name}`,
            Labels: {
                "com.docker.compose.project": `${name}-1a2b3c`,
                "com.docker.compose.service": name,
                "com.docker.compose.image": `sha256:${name}`,
            },
        }));
        const answer = (url: string): unknown => {
            if (url === "/version") return { ApiVersion: "1.51", Os: "linux", Arch: "amd64" };
            if (url === "/v1.51/info") return { DriverStatus: null };
            if (url.startsWith("/v1.51/containers/json?")) return containers;
            if (url.startsWith("/v1.51/images/json?")) {
                return [...images].map(([id, { tags, digests }]) => ({
                    Id: id,
                    RepoTags: tags,
                    RepoDigests: digests,
                    Labels: labels,
                }));
            }
            const [, id = ""] = /^\/v1\.51\/images\/(.*)\/json$/.exec(url) ?? [];
            const found = images.get(id);
            return found === undefined
                ? undefined
                : {
                      RootFS: { Layers: found.layers },
                      Created: "2026-01-01T00:00:00Z",
                      Metadata: {},
                      Os: "linux",
                      Architecture: "amd64",
                  };
        };
        const server = http.createServer((request, response) => {
            const body = answer(request.url ?? "");
            response.writeHead(body === undefined ? 500 : 200).end(JSON.stringify(body ?? {}));
        });
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return (server.address() as AddressInfo).port;
    }

    /** A checkout with these apps. */
    function checkout(count: number, port: number): string {
        const env = blockFor({ image, digest: "sha256:1", stack: "dev" });
        const root = folder({
            "bin/docker": [
                "#!/usr/bin/env bash",
                'case "$*" in',
                `"system dial-stdio") exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3 & cat >&3 ;;`,
                `"compose version"*) echo 5.6.0 ;;`,
                "*) echo unexpected: $* >&2; exit 1 ;;",
                "esac",
                "",
            ].join("\n"),
            "project/foundation/Dockerfile": "FROM scratch\n",
            "project/foundation/.env": env,
        });
        fs.chmodSync(path.join(root, "bin/docker"), 0o755);
        for (const name of namesOf(count)) {
            const home = path.join(root, "project/apps", name);
            const use = { buildArg: false, contexts: ["foundation"] };
            fs.mkdirSync(home, { recursive: true });
            for (const [file, text] of Object.entries({
                Dockerfile: "FROM foundation\n",
                "compose.yaml": appText({ service: name, use }, "service", `${name}-1a2b3c`),
                ".env": env,
            })) {
                fs.writeFileSync(path.join(home, file), text);
            }
        }
        for (const name of ["cli", "components", "toolchain", "package.json"]) {
            fs.cpSync(path.join(project, name), path.join(root, "project", name), { recursive: true });
        }
        const settings = fs.readFileSync(path.join(project, "Pulumi.yaml"), "utf8");
        fs.writeFileSync(path.join(root, "project/Pulumi.yaml"), oneImage(settings));
        fs.symlinkSync(path.join(project, "node_modules"), path.join(root, "project/node_modules"));
        return root;
    }

    // From 7 to 11 and from 11 to 19 were measured; one that loads Pulumi's SDK takes over 20 more.
    for (const [count, limit] of [
        [2, 20],
        // Each image is asked for by itself.
        [200, 40],
    ] as const) {
        it(`takes less of the processor than ${limit} empty Nodes with ${count} apps`, async () => {
            const root = checkout(count, await engine(count));
            const env = {
                PATH: `${path.join(root, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
                DOCKER_CONFIG: path.join(root, "no-login"),
            };
            const timed = async (...args: string[]) => {
                const { stdout, stderr } = await execa("node", ["--import", tellsItsTime, ...args], {
                    cwd: path.join(root, "project"),
                    env,
                });
                return { stdout, tookMs: Number(stderr.split("\n").at(-1)) };
            };
            const empty: number[] = [];
            const taken: number[] = [];
            for (let run = 0; run < 8; run++) {
                empty.push((await timed("--eval", "")).tookMs);
                const { stdout, tookMs } = await timed("cli/foundation.cjs", "status", "--json");
                taken.push(tookMs);
                const { services } = JSON.parse(stdout) as Status;
                expect(services.filter(({ built }) => built?.base.state === "official")).to.have.length(
                    count,
                );
                expect(services.every(({ containers }) => containers.length === 1)).to.equal(true);
            }
            // The least of several: what else runs on the machine only ever adds to it.
            expect(Math.min(...taken) / Math.min(...empty)).to.be.lessThan(limit);
        });
    }
});
