import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Status } from "../../cli/status/model.ts";
import { temporaryFolders } from "../support/folder.ts";

const project = path.dirname(path.dirname(import.meta.dirname));

/** How long `status` takes besides what Docker needs: the Docker here answers at once, from files. */
describe("foundation status, with a Docker that answers at once", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const image = "localhost:5050/foundation:content-0123456789ab";

    /** A checkout with many apps, each built on the official foundation and running. */
    function checkout(count: number): string {
        const names = Array.from({ length: count }, (_, index) => `app${index}`);
        const env = `FOUNDATION_IMAGE='${image}'\nFOUNDATION_DIGEST='sha256:1'\nFOUNDATION_STACK='dev'\n`;
        const inspected = [
            {
                id: "sha256:f",
                tags: [image],
                digests: ["localhost:5050/foundation@sha256:1"],
                layers: ["a", "b"],
            },
            ...names.map((name) => ({
                id: `sha256:${name}`,
                tags: [`${name}-${name}:latest`],
                digests: [],
                layers: ["a", "b", name],
            })),
        ];
        const instruction = (text: string) => ({ CreatedBy: `RUN ${text}` });
        const [repository = "", tag = ""] = image.split(/:(?=[^:]*$)/);
        const root = folder({
            "answers/ls": [
                `sha256:f\t${repository}\t${tag}`,
                ...names.map((name) => `sha256:${name}\t${name}-${name}\tlatest`),
            ].join("\n"),
            "answers/ps": names
                .map((name) => `${name}-1\trunning\t${name}\t${name}\tsha256:${name}`)
                .join("\n"),
            "answers/inspect": inspected
                .map((entry) => JSON.stringify({ ...entry, createdAt: "2026-01-01T00:00:00Z", labels: null }))
                .join("\n"),
            // One connection, with the answers in the order of the questions.
            "answers/histories": ["", ...names]
                .map((name) => JSON.stringify([...(name === "" ? [] : [name]), "b", "a"].map(instruction)))
                .map((body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
                .join(""),
            "bin/docker": [
                "#!/bin/sh",
                'case "$*" in',
                `*dangling*) ;;`,
                `"image ls"*) cat "$ANSWERS/ls" ;;`,
                `"image inspect"*) cat "$ANSWERS/inspect" ;;`,
                `"system dial-stdio") cat "$ANSWERS/histories" ;;`,
                `info*) echo null ;;`,
                `ps*) cat "$ANSWERS/ps" ;;`,
                "*) echo unexpected: $* >&2; exit 1 ;;",
                "esac",
                "",
            ].join("\n"),
            "project/foundation/Dockerfile": "FROM scratch\n",
            "project/foundation/.env": env,
        });
        fs.chmodSync(path.join(root, "bin/docker"), 0o755);
        for (const name of names) {
            const home = path.join(root, "project/apps", name);
            fs.mkdirSync(home, { recursive: true });
            for (const [file, text] of Object.entries({
                Dockerfile: "FROM foundation\n",
                "compose.yaml": "",
                ".env": env,
            })) {
                fs.writeFileSync(path.join(home, file), text);
            }
        }
        for (const name of [
            "cli",
            "provider",
            "registry",
            "render",
            "checkout",
            "toolchain",
            "components",
            "config.ts",
            "problem.ts",
            "proxy.ts",
            "package.json",
            "Pulumi.yaml",
        ]) {
            fs.cpSync(path.join(project, name), path.join(root, "project", name), { recursive: true });
        }
        fs.symlinkSync(path.join(project, "node_modules"), path.join(root, "project/node_modules"));
        return root;
    }

    for (const count of [2, 200]) {
        it(`takes less than half a second with ${count} apps`, async () => {
            const root = checkout(count);
            const env = {
                PATH: `${path.join(root, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
                ANSWERS: path.join(root, "answers"),
                DOCKER_CONFIG: path.join(root, "no-login"),
            };
            const times: number[] = [];
            for (let run = 0; run < 5; run++) {
                const started = performance.now();
                const { stdout } = await execa("node", ["cli/foundation.cjs", "status", "--json"], {
                    cwd: path.join(root, "project"),
                    env,
                });
                times.push(performance.now() - started);
                const { apps } = JSON.parse(stdout) as Status;
                expect(apps.filter(({ built }) => built?.base.state === "official")).to.have.length(count);
                expect(apps.every(({ containers }) => containers.length === 1)).to.equal(true);
            }
            const median = times.sort((one, other) => one - other)[Math.floor(times.length / 2)];
            expect(median).to.be.lessThan(500);
        });
    }
});
