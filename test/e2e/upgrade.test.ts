import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Sandbox, succeeded } from "../support/sandbox.ts";

/** Of the stack in the fixture, whose secrets are worth nothing. */
const pull = { username: "foundation-pull", password: "pull-password-of-the-fixture" };
const push = { username: "foundation-push", password: "push-password-of-the-fixture" };
const tag = "content-0f2217ceb109";

interface Resource {
    readonly urn: string;
    readonly type: string;
    readonly inputs?: { readonly definition?: { readonly plaintext: string } };
}

/**
 * A stack as version 0.1 has left it: its state is what that version's `pulumi up` wrote, with docker-build, and its
 * registry runs with an image in it. docker-build's plugin isn't there any more.
 */
describe("a stack of version 0.1", function () {
    this.timeout(600_000);
    let sandbox: Sandbox;
    let digest: string;

    before(async () => {
        const pulumiHome = fs.mkdtempSync(path.join(fs.realpathSync("/tmp"), "foundation-e2e-home-"));
        sandbox = await Sandbox.create({ env: { PULUMI_HOME: pulumiHome } });
        fs.rmSync(sandbox.path("foundation"), { recursive: true });
        sandbox.write("foundation/Dockerfile", "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n");
        sandbox.write("foundation/content", "official\n");

        await startRegistry(fixture("").deployment.resources);
        digest = await publish();
        const { deployment, ...rest } = fixture(digest);
        const [, salt] = /encryptionsalt: (\S+)/.exec(sandbox.read(`Pulumi.${sandbox.stack}.yaml`)) ?? [];
        const secrets = { secrets_providers: { type: "passphrase", state: { salt } } };
        sandbox.write("state.json", JSON.stringify({ ...rest, deployment: { ...deployment, ...secrets } }));
        await sandbox.pulumi(["stack", "import", "--stack", sandbox.stack, "--file", "state.json"]);
    });

    after(async () => {
        await sandbox.dispose();
        fs.rmSync(sandbox.env["PULUMI_HOME"] ?? "", { recursive: true, force: true });
    });

    function fixture(digest: string): { deployment: { resources: readonly Resource[] } } {
        const { stack, pullPort, pushPort } = sandbox;
        const values: Record<string, string> = {
            stack,
            pullPort: String(pullPort),
            pushPort: String(pushPort),
            digest,
        };
        const text = fs.readFileSync(path.join(import.meta.dirname, "fixtures", "0.1-local.json"), "utf8");
        return JSON.parse(text.replaceAll(/<(\w+)>/g, (all, name: string) => values[name] ?? all)) as never;
    }

    async function startRegistry(resources: readonly Resource[]): Promise<void> {
        const project = resources.find(({ type }) => type === "foundation:index:ComposeProject");
        const definition = JSON.parse(project?.inputs?.definition?.plaintext ?? "") as string;
        const args = ["compose", "--project-name", `foundation-registry-${sandbox.stack}`, "--file", "-"];
        const input = definition;
        succeeded(await sandbox.run("docker", [...args, "up", "--detach", "--wait"], { input }), "compose");
    }

    /** As docker-build did it: without a time for the image, and with the builder's own media types. */
    async function publish(): Promise<string> {
        const server = `localhost:${sandbox.pushPort}`;
        const login = ["login", server, "--username", push.username, "--password-stdin"];
        succeeded(await sandbox.run("docker", login, { input: push.password }), "docker login");
        const tags = [tag, "latest"].flatMap((name) => ["--tag", `${server}/foundation:${name}`]);
        await sandbox.docker("buildx", "build", "--push", ...tags, sandbox.path("foundation"));
        await sandbox.docker("logout", server);
        return (await published(tag)) ?? "";
    }

    async function published(reference: string): Promise<string | undefined> {
        const basic = Buffer.from(`${pull.username}:${pull.password}`).toString("base64");
        const url = `http://localhost:${sandbox.pullPort}/v2/foundation/manifests/${reference}`;
        const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
        const docker = "application/vnd.docker.distribution.manifest.v2+json";
        const headers = { authorization: `Basic ${basic}`, accept: `${accept}, ${docker}` };
        const answer = await fetch(url, { method: "HEAD", headers });
        return answer.headers.get("docker-content-digest") ?? undefined;
    }

    /** What the registry's volume has, with the times at which it was written. */
    async function stored(): Promise<string> {
        const volume = `foundation-registry-${sandbox.stack}_images:/images:ro`;
        const list = ["find", "/images", "-type", "f", "-printf", "%p %s %T@\\n"];
        return sandbox.docker("run", "--rm", "--volume", volume, "debian:bookworm-slim", ...list);
    }

    it("is deployed by this one: nothing is pushed, and no image deleted", async () => {
        const before = await stored();
        const { output, exitCode } = await sandbox.tryUp();
        expect(exitCode, output).to.equal(0);
        expect(await stored()).to.equal(before);
        expect((await sandbox.outputs())["digest"]).to.equal(digest);
    });

    it("has one resource for the image then", async () => {
        const { deployment } = JSON.parse(
            await sandbox.pulumi(["stack", "export", "--stack", sandbox.stack]),
        ) as { deployment: { resources: readonly Resource[] } };
        const types = deployment.resources
            .map(({ type }) => type)
            .filter((type) => /Image|Build/i.test(type));
        expect(types).to.have.members(["foundation:index:FoundationImage", "foundation:index:PushedImage"]);
    });

    it("is unchanged by the next deployment", async () => {
        await sandbox.up("--expect-no-changes");
    });

    it("publishes a change", async () => {
        sandbox.write("foundation/content", "changed\n");
        await sandbox.up();
        const outputs = await sandbox.outputs();
        expect(outputs["digest"]).not.to.equal(digest);
        expect(await published("latest")).to.equal(outputs["digest"]);
        expect(await published(tag)).to.equal(digest);
    });

    it("isn't touched any more by this one, where a newer one has deployed it since", async () => {
        const exported = await sandbox.pulumi(["stack", "export", "--stack", sandbox.stack]);
        expect(exported).to.match(/"format": 1\b/);
        sandbox.write("state.json", exported.replaceAll(/"format": 1\b/g, '"format": 2'));
        await sandbox.pulumi(["stack", "import", "--stack", sandbox.stack, "--file", "state.json"]);
        sandbox.write("foundation/content", "changed again\n");
        const before = await stored();
        const { output, exitCode } = await sandbox.tryUp();
        sandbox.write("state.json", exported);
        await sandbox.pulumi(["stack", "import", "--stack", sandbox.stack, "--file", "state.json"]);
        expect(exitCode, output).not.to.equal(0);
        expect(output).to.include("a newer version of foundation-image has deployed this stack");
        expect(await stored()).to.equal(before);
    });
});
