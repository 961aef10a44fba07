import * as fs from "node:fs";
import { expect } from "chai";
import { Sandbox } from "../support/sandbox.ts";

describe("retention in a local registry", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;
    /** By the content that was published. */
    const tags = new Map<string, string>();

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true });
        for (const app of fs.readdirSync(sandbox.path("apps"))) {
            fs.rmSync(sandbox.path(`apps/${app}`), { recursive: true });
        }
        sandbox.write("apps/shop/Dockerfile", "FROM foundation\n");
        // Enough to see it in the volume.
        for (const content of ["a", "b", "c", "d"]) {
            sandbox.write("foundation/content", content.repeat(300_000));
            await sandbox.up();
            const { image = "" } = await sandbox.outputs();
            tags.set(content, image.split(":").at(-1) ?? "");
            if (content === "b") await commit();
        }
    });

    after(async () => {
        await sandbox.dispose();
    });

    /** On a branch of its own, as a release would be. */
    async function commit(): Promise<void> {
        const git = (...args: string[]) =>
            sandbox.run("git", ["-c", "user.name=t", "-c", "user.email=t@example", ...args]);
        await git("init", "--quiet", "--initial-branch", "release");
        await git("add", "--force", "foundation.lock.json");
        expect((await git("commit", "--quiet", "--message", "release")).exitCode).to.equal(0);
    }

    const retention = (...args: string[]) =>
        sandbox.run("node", ["cli/foundation.cjs", "retention", ...args]);
    const listed = (output: string) =>
        [...tags].filter(([, tag]) => output.includes(tag)).map(([name]) => name);

    async function exists(content: string): Promise<boolean> {
        const reference = `localhost:${sandbox.pullPort}/foundation:${tags.get(content) ?? ""}`;
        return (await sandbox.run("docker", ["buildx", "imagetools", "inspect", reference])).exitCode === 0;
    }

    it("lists what neither the stack nor a branch names, but for the newest, and removes nothing", async () => {
        await sandbox.login();
        const all = await retention("--keep", "0");
        expect(all.exitCode, all.output).to.equal(0);
        expect(listed(all.output), all.output).to.have.members(["a", "c"]);
        expect(all.output).to.match(/Nothing was removed\. To remove 2 images \(.*\), add --yes\./);
        const { output } = await retention("--keep", "1");
        expect(listed(output)).to.deep.equal(["a"]);
        for (const content of tags.keys()) expect(await exists(content), content).to.equal(true);
    });

    it("removes it, and gives its room back", async () => {
        const size = async () => {
            const name = (await sandbox.docker("volume", "ls", "--quiet")).split("\n");
            const volume = name.find((one) => one.includes(sandbox.stack)) ?? "";
            const blobs = [
                "--volume",
                `${volume}:/v`,
                "debian:bookworm-slim",
                "du",
                "-s",
                "/v/docker/registry/v2/blobs",
            ];
            const text = await sandbox.docker("run", "--rm", ...blobs);
            return parseInt(text);
        };
        const before = await size();
        const { output, exitCode } = await retention("--keep", "1", "--yes");
        expect(exitCode, output).to.equal(0);
        expect(output).to.match(/^Removed 1 image \(.*\)\.$/m);
        const found = await Promise.all([...tags.keys()].map(exists));
        expect(found).to.deep.equal([false, true, true, true]);
        expect(await size()).to.be.lessThan(before);
    });

    it("has nothing to remove then, and the stack nothing to change", async () => {
        expect((await retention("--keep", "1", "--yes")).output).to.include("nothing to remove");
        await sandbox.up("--expect-no-changes");
    });

    it("wants to know how many are kept", async () => {
        const { output, exitCode } = await retention("--yes");
        expect(exitCode).to.equal(2);
        expect(output).to.include("say for example --keep 5");
    });
});
