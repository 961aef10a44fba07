import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { run } from "../../../cli/commands/retention.ts";
import { Problem } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { startFakeAzure } from "../../azure/azure.ts";
import { clientsOf, createFoundation } from "../../azure/clients.ts";
import { commandSetting } from "../../support/commandSetting.ts";
import { emit, projectIn } from "../../support/project.ts";
import { servers } from "../../support/servers.ts";
import { fakeProgram } from "../../toolchain/support.ts";

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const tagOf = (number: number) => `content-${String(number).padStart(12, "0")}`;
/** An image of 1,000 bytes for each number, and what its manifest has. */
const manifestOf = (number: number) =>
    JSON.stringify({ config: { digest: `sha256:config${number}`, size: number * 1000 }, layers: [] });

describe("foundation retention", function () {
    this.timeout(60_000);
    const { folder, docker, setEnvironment, output } = commandSetting();
    const serve = servers();

    /** A stack whose local registry has these images, each as many days old as its number; it names the first. */
    async function deployed(
        numbers: readonly number[],
        pusher: object = { username: "push", password: secret("p") },
    ) {
        const asked: string[] = [];
        const server = await serve(({ method = "", url = "", headers }, response) => {
            if (headers.authorization !== `Basic ${btoa("push:p")}`) {
                response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
                return;
            }
            asked.push(`${method} ${url}`);
            const last = url.split("/").at(-1);
            const manifests = numbers.map((number) => [tagOf(number), manifestOf(number)] as const);
            const manifest = manifests.find(([tag, text]) => tag === last || digestOf(text) === last)?.[1];
            if (method === "DELETE") response.writeHead(202).end();
            else if (last === "list") response.end(JSON.stringify({ tags: manifests.map(([tag]) => tag) }));
            else response.writeHead(manifest === undefined ? 404 : 200).end(manifest);
        });
        const port = server.split(":")[1];
        const project = "--filter label=com.docker.compose.project=foundation-registry-dev";
        const { calls } = docker([
            {
                to: `ps --quiet ${project} --filter label=com.docker.compose.service=push`,
                prints: "container\n",
            },
            {
                to: `ps ${project} *`,
                prints: `pull\t127.0.0.1:5050->5000/tcp\npush\t127.0.0.1:${port}->5000/tcp\n`,
            },
            {
                to: "cp container:/var/lib/registry/docker/registry/v2/repositories/foundation/_manifests/tags -",
                prints: tagsInVolume(numbers),
            },
            { to: "exec container registry garbage-collect /etc/distribution/config.yml", prints: "" },
        ]);
        const image = { image: "localhost:5050/foundation:" + tagOf(numbers[0] ?? 0), digest: digestOf("x") };
        const root = projectIn(folder);
        emit(root, { ...image, stack: "dev" });
        const urn = "urn:pulumi:dev::foundation::foundation-image:index:HtpasswdUser::registry-pusher";
        const bin = folder({
            state: JSON.stringify({
                deployment: { resources: [{ urn: "other" }, { urn, outputs: pusher }] },
            }),
        });
        fakeProgram(
            bin,
            "pulumi",
            `case "$*" in "stack ls "*) echo "[]" ;; "stack export --show-secrets --stack dev"*) cat "${bin}/state" ;; *) exit 1 ;; esac`,
        );
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        return { clone: new Clone(root), asked, calls };
    }

    /** As Pulumi has one in an export. */
    function secret(text: string) {
        return { "4dabf18193072939515e22adb298388d": "…", plaintext: JSON.stringify(text) };
    }

    /** What `docker cp` gives of the folder that has a file for each tag. */
    function tagsInVolume(numbers: readonly number[]): string {
        const now = Math.floor(Date.now() / 1000);
        const header = (name: string, size: number, seconds: number) =>
            [
                name.padEnd(100, "\0"),
                "0000644\0".repeat(3),
                `${size.toString(8).padStart(11, "0")}\0${seconds.toString(8).padStart(11, "0")}\0`,
            ]
                .join("")
                .padEnd(512, "\0");
        const files = numbers.map((number) => {
            const written = now - number * 86_400 - 60;
            return header(`tags/${tagOf(number)}/current/link`, 71, written) + digestOf("").padEnd(512, "\0");
        });
        return [header("tags/", 0, now), ...files].join("");
    }

    const deletions = (asked: readonly string[]) => asked.filter((line) => line.startsWith("DELETE"));

    it("lists what nobody names but the newest, with age and size, and removes nothing unasked", async () => {
        const { clone, asked, calls } = await deployed([1, 2, 3, 4]);
        expect(await run({ clone, options: { keep: "1" } })).to.equal(0);
        expect(output().split("\n")).to.deep.equal([
            "localhost:5050/foundation",
            `  ${tagOf(3)}  3 days ago  ${sizeOf(3)}`,
            `  ${tagOf(4)}  4 days ago  ${sizeOf(4)}`,
            "  kept: the newest 1 that nobody names",
            "",
            "Nothing was removed. To remove 2 images (7.12 kB), add --yes.",
        ]);
        expect(deletions(asked)).to.deep.equal([]);
        expect(calls().join("\n")).not.to.include("garbage-collect");
    });

    const sizeOf = (number: number) => `${number}.06 kB`;

    it("removes that, and nothing else, and gives its room back", async () => {
        const { clone, asked, calls } = await deployed([1, 2, 3]);
        expect(await run({ clone, options: { keep: "1" }, flags: ["yes"] })).to.equal(0);
        expect(deletions(asked)).to.deep.equal([
            `DELETE /v2/foundation/manifests/${digestOf(manifestOf(3))}`,
        ]);
        expect(calls().at(-1)).to.equal(
            "exec container registry garbage-collect /etc/distribution/config.yml",
        );
        expect(output()).to.match(/\n\nRemoved 1 image \(3\.06 kB\)\.$/);
    });

    it("has nothing to do where all is named or kept", async () => {
        const { clone, asked, calls } = await deployed([1, 2]);
        expect(await run({ clone, options: { keep: "1" }, flags: ["yes"] })).to.equal(0);
        expect(output()).to.equal(
            "localhost:5050/foundation\n  nothing to remove\n  kept: the newest 1 that nobody names",
        );
        expect(deletions(asked)).to.deep.equal([]);
        expect(calls().join("\n")).not.to.include("garbage-collect");
    });

    for (const keep of [undefined, "", "-1", "1.5", "all", "1234567"]) {
        it(`asks for a number where it is to keep "${keep}"`, async () => {
            const clone = new Clone(projectIn(folder));
            const fault: unknown = await run({ clone, options: { keep }, flags: ["yes"] }).catch(
                (error: unknown) => error,
            );
            expect(fault).to.be.instanceOf(Problem);
            expect((fault as Problem).message).to.include("say for example --keep 5");
        });
    }

    it("unlocks an image in Azure before it removes it, and tells its age by Azure's own time", async () => {
        const azure = await startFakeAzure();
        try {
            const { registry } = await createFoundation(clientsOf(azure));
            for (const [name, value] of Object.entries(await azure.environment()))
                setEnvironment(name, value);
            const [kept, old] = [1, 2];
            const changes: string[] = [];
            azure.control.inject({ on: "registry.data", times: 99 }, ({ call: { method, path: asked } }) => {
                const last = asked.split("/").at(-1);
                const tags = [kept, old].map(tagOf);
                if (method !== "GET") changes.push(`${method} ${asked}`);
                if (method !== "GET") return Promise.resolve({ status: 202 });
                if (last === "list") return Promise.resolve({ status: 200, body: { tags } });
                if (last === "_tags") {
                    const lastUpdateTime = new Date(Date.now() - 25 * 3_600_000).toISOString();
                    const body = { tags: tags.map((name) => ({ name, lastUpdateTime })) };
                    return Promise.resolve({ status: 200, body });
                }
                const body: unknown = JSON.parse(manifestOf(last === tagOf(kept) ? kept : old));
                return Promise.resolve({ status: 200, body });
            });
            const root = projectIn(folder);
            const reference = `${registry.loginServer}/foundation:${tagOf(kept)}`;
            emit(root, { image: reference, digest: digestOf(manifestOf(kept)), stack: "dev" });
            const lock = path.join(root, "foundation.lock.json");
            const text = fs.readFileSync(lock, "utf8");
            fs.writeFileSync(lock, text.replace('"kind": "local"', '"kind": "azure"'));
            const bin = folder();
            fakeProgram(bin, "pulumi", `case "$*" in config*) echo "{}" ;; *) echo "[]" ;; esac`);
            setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
            expect(await run({ clone: new Clone(root), options: { keep: "0" }, flags: ["yes"] })).to.equal(0);
            expect(output()).to.include(`${tagOf(old)}  1 day ago`);
            expect(changes).to.deep.equal([
                `PATCH /acr/v1/foundation/_tags/${tagOf(old)}`,
                `DELETE /v2/foundation/manifests/${digestOf(manifestOf(old))}`,
            ]);
        } finally {
            await azure.stop();
        }
    });

    it("says so where the stack has nobody who may delete", async () => {
        const { clone } = await deployed([1], {});
        const fault: unknown = await run({ clone, options: { keep: "0" } }).catch((error: unknown) => error);
        expect(fault).to.be.instanceOf(Problem);
        expect((fault as Problem).message).to.equal(
            "the state of dev has nobody who may push to its registry; run `pulumi up`",
        );
    });
});
