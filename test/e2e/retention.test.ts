import * as fs from "node:fs";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { RegistryClient } from "../../components/oci/client.ts";
import { startRegistry, type RegistryContainer } from "../support/registryContainer.ts";
import { Sandbox } from "../support/sandbox.ts";

async function projectOfOneApp(): Promise<Sandbox> {
    const sandbox = await Sandbox.create({ smallFoundation: true });
    for (const app of fs.readdirSync(sandbox.path("apps"))) {
        fs.rmSync(sandbox.path(`apps/${app}`), { recursive: true });
    }
    sandbox.write("apps/shop/Dockerfile", "FROM foundation\n");
    return sandbox;
}

/** @returns the tag that the content got. */
async function publish(sandbox: Sandbox, content: string): Promise<string> {
    sandbox.write("foundation/content", content);
    await sandbox.up();
    const { image = "" } = await sandbox.outputs();
    return image.split(":").at(-1) ?? "";
}

/** Commits the manifest to a branch that nobody has checked out, as a release would be, on a day of this year. */
async function commit(sandbox: Sandbox, day: number): Promise<void> {
    const env = { GIT_COMMITTER_DATE: `2026-01-0${day}T00:00:00Z` };
    const git = (...args: string[]) =>
        sandbox.run("git", ["-c", "user.name=t", "-c", "user.email=t@example", ...args], { env });
    await git("init", "--quiet", "--initial-branch", "release");
    await git("add", "--force", "foundation.lock.json");
    expect((await git("commit", "--quiet", "--message", "release")).exitCode).to.equal(0);
}

const run = (sandbox: Sandbox, ...args: string[]) =>
    sandbox.run("node", ["cli/foundation.cjs", "retention", ...args]);

/** Which contents are listed, by their tags. */
const listedOf = (tags: ReadonlyMap<string, string>, output: string) =>
    [...tags].filter(([, tag]) => output.includes(tag)).map(([name]) => name);

describe("retention in a local registry", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;
    /** By the content that was published. */
    const tags = new Map<string, string>();

    before(async () => {
        sandbox = await projectOfOneApp();
        // Enough to see it in the volume.
        for (const content of ["a", "b", "c", "d"]) {
            tags.set(content, await publish(sandbox, content.repeat(300_000)));
            if (content === "b") await commit(sandbox, 1);
        }
    });

    after(async () => {
        await sandbox.dispose();
    });

    const retention = (...args: string[]) => run(sandbox, ...args);
    const listed = (output: string) => listedOf(tags, output);

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

describe("retention in an existing registry", function () {
    this.timeout(300_000);
    let refusing: RegistryContainer;
    let deleting: RegistryContainer;
    let sandbox: Sandbox;
    const tags = new Map<string, string>();

    before(async () => {
        const start = async (storage: object) =>
            startRegistry(
                undefined,
                { htpasswd: { realm: "team", path: "/etc/distribution/htpasswd" } },
                { htpasswd: `team:${await bcrypt.hash("team's password", 4)}\n` },
                undefined,
                storage,
            );
        refusing = await start({ delete: { enabled: false } });
        deleting = await start({ delete: { enabled: true } });
        sandbox = await projectOfOneApp();
        await sandbox.configure("registry", "existing");
    });

    after(async () => {
        await sandbox.dispose();
        await refusing.stop();
        await deleting.stop();
    });

    /** With Docker's own login, as a person has it who deploys. */
    async function publishIn({ host }: RegistryContainer, contents: string): Promise<void> {
        await sandbox.configure("server", `${host}/acme`);
        const login = ["login", host, "--username", "team", "--password-stdin"];
        await sandbox.run("docker", login, { input: "team's password" });
        for (const content of contents) tags.set(content, await publish(sandbox, content));
    }

    async function there({ host }: RegistryContainer): Promise<string[]> {
        const user = { username: "team", password: "team's password" };
        const client = new RegistryClient(host, user, AbortSignal.timeout(10_000));
        return listedOf(tags, String(await client.tags("acme/foundation")));
    }

    it("that deletes nothing says so, and what to do, and everything stays", async () => {
        await publishIn(refusing, "ab");
        const { output, exitCode } = await run(sandbox, "--keep", "0", "--yes");
        expect(exitCode, output).to.equal(2);
        expect(listedOf(tags, output)).to.deep.equal(["a"]);
        expect(output.replaceAll(/\s+/g, " "))
            .to.include(
                `${refusing.host} deletes nothing that is asked for in the way of the OCI specification`,
            )
            .and.include("delete there by its own means")
            .and.not.include("Removed");
        expect(await there(refusing)).to.deep.equal(["a", "b"]);
    });

    it("lists the oldest by the commits that named them, and says of what the age isn't known", async () => {
        for (const [index, content] of ["b", "c", "d"].entries()) {
            await publishIn(deleting, content);
            await commit(sandbox, index + 1);
        }
        await publishIn(deleting, "ef");
        // The branch names d, and the stack f.
        const all = await run(sandbox, "--keep", "0");
        expect(all.exitCode, all.output).to.equal(0);
        expect(listedOf(tags, all.output), all.output).to.have.members(["b", "c", "e"]);
        expect(all.output).to.match(/Nothing was removed\. To remove 3 images \(.*\), add --yes\./);
        const { output } = await run(sandbox, "--keep", "1");
        expect(listedOf(tags, output), output).to.deep.equal(["b"]);
        expect(output)
            .to.include("kept: the newest 1 that nobody names")
            .and.include("kept, as nobody knows how old they are: 1; --keep 0 removes them as well");
        expect(await there(deleting)).to.deep.equal(["b", "c", "d", "e", "f"]);
    });

    it("removes them as whoever pushes, and leaves the stack and other registries alone", async () => {
        const { output, exitCode } = await run(sandbox, "--keep", "1", "--yes");
        expect(exitCode, output).to.equal(0);
        expect(output).to.match(/^Removed 1 image \(.*\)\.$/m);
        expect(await there(deleting)).to.deep.equal(["c", "d", "e", "f"]);
        expect(await there(refusing)).to.deep.equal(["a", "b"]);
        await sandbox.up("--expect-no-changes");
    });

    it("says who is refused", async () => {
        const env = { FOUNDATION_PUSH_USERNAME: "team", FOUNDATION_PUSH_PASSWORD: "an old password" };
        const args = ["cli/foundation.cjs", "retention", "--keep", "0", "--yes"];
        const { output, exitCode } = await sandbox.run("node", args, { env });
        expect(exitCode, output).to.equal(2);
        expect(output)
            .to.include(`${deleting.host} refuses the login of team`)
            .and.not.include("an old password");
        expect(await there(deleting)).to.deep.equal(["c", "d", "e", "f"]);
    });
});
