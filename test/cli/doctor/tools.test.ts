import { execSync } from "node:child_process";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { looked } from "../../../cli/doctor/check.ts";
import { toolChecks } from "../../../cli/doctor/tools.ts";
import { parseConfig } from "../../../components/config.ts";
import { dependencyVersion } from "../../../toolchain/versions.ts";
import type { Manifest } from "../../../components/render/manifest.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("doctor, of a tool", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    /** What is found with a program that does this. */
    async function look(
        title: string,
        program: string,
        script: string,
        values: Record<string, string> = {},
        clone?: Clone,
        manifest: Manifest | Problem = new Problem({ wrong: "nothing was emitted" }),
    ) {
        const bin = folder();
        fakeProgram(bin, program, script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const check = toolChecks(clone ?? new Clone(bin), manifest, parseConfig("foundation", values)).find(
            (candidate) => candidate.title === title,
        );
        if (check === undefined) throw new Error(`there is no check ${title}`);
        return looked(check.look);
    }

    const azure = { "foundation:registry": "azure", "foundation:registryName": "acme0" };
    const docker = { "foundation:imageProvider": "docker" };
    for (const [title, values, names] of [
        ["the Docker provider", docker, ["docker"]],
        ["a registry in Azure", azure, ["azure-native"]],
        ["both", { ...azure, ...docker }, ["docker", "azure-native"]],
    ] as const) {
        it(`is a Pulumi plugin for ${title}`, async () => {
            const plugins = names.map((name) => ({ name, version: dependencyVersion(`@pulumi/${name}`) }));
            const list = plugins.map(({ name, version }) => `${name} ${version}`).join(", ");

            const found = await look("Pulumi plugins", "pulumi", `echo '${JSON.stringify(plugins)}'`, values);
            expect(found).to.deep.equal({ state: "ok", detail: list });

            const installed = path.join(folder({ list: "" }), "list");
            const toJson = String.raw`sed 's/\(.*\) \(.*\)/{"name":"\1","version":"\2"}/' "${installed}" | paste -s -d ,`;
            const script = `case "$*" in "plugin install resource "*) echo "$4 $5" >>"${installed}" ;; *) echo "[$(${toJson})]" ;; esac`;
            const none = await look("Pulumi plugins", "pulumi", script, values);
            expect(none.state).to.equal("warn");
            expect(none.detail).to.equal(`not installed: ${list} (needed only to publish)`);
            for (const { name, version } of plugins) {
                expect(none.remedy).to.include(`pulumi plugin install resource ${name} ${version}`);
            }
            for (const [, command = ""] of (none.remedy ?? "").matchAll(/`([^`]+)`/g)) execSync(command);
            expect((await look("Pulumi plugins", "pulumi", script, values)).detail).to.equal(list);
        });
    }

    it("is the Pulumi plugin of the package that the project has, in a folder of the repository too", async () => {
        const root = folder({
            "infra/Pulumi.yaml": "name: foundation\n",
            "infra/node_modules/@pulumi/azure-native/package.json": '{"version":"3.99.0"}',
        });
        const plugins = JSON.stringify([{ name: "azure-native", version: "3.99.0" }]);
        const clone = new Clone(root, path.join(root, "infra"));
        const found = await look("Pulumi plugins", "pulumi", `echo '${plugins}'`, azure, clone);
        expect(found).to.deep.equal({ state: "ok", detail: "azure-native 3.99.0" });
    });

    it("is no Pulumi plugin with buildx and the local registry", async () => {
        const found = await look("Pulumi plugins", "pulumi", "echo '[]'");
        expect(found).to.deep.equal({ state: "ok", detail: "none is needed" });
    });

    it("is an engine that gives no sensible answer, with something to do", async () => {
        const said = "request returned 404 Not Found for API route and version";
        const { state, detail, remedy } = await look("Docker engine", "docker", `echo "${said}" >&2; exit 1`);
        expect({ state, detail }).to.deep.equal({ state: "fail", detail: said });
        expect(remedy).to.match(/^see whether `docker version` works by itself; .* proxy/);
    });

    for (const [title, said, told, words] of [
        [
            "doesn't run",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            /^Docker is not running/,
            "start it",
        ],
        [
            "lets nobody in",
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            /^Docker does not let you in/,
            "sudo usermod -aG docker $USER",
        ],
    ] as const) {
        it(`is an engine that ${title}, before anything else needs it`, async () => {
            const { state, detail, remedy } = await look(
                "Docker engine",
                "docker",
                `echo "${said}" >&2; exit 1`,
            );
            expect(state).to.equal("fail");
            expect(detail).to.match(told);
            expect(remedy).to.include(words);
        });
    }

    it("is a Compose that is too old for what was emitted, until there is a newer one", async () => {
        const root = projectIn(folder);
        emit(root, { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" });
        const clone = new Clone(root);
        const version = (text: string) =>
            look("Docker Compose", "docker", `echo ${text}`, {}, clone, clone.manifest);
        expect(await version("2.26.1")).to.deep.equal({
            state: "fail",
            detail: "2.26.1 is older than 2.33.1",
            remedy: "install a newer one: https://docs.docker.com/compose/install/",
        });
        expect((await version("2.33.1")).state).to.equal("ok");
    });

    for (const [title, program, older, newer] of [
        ["Docker engine", "docker", "20.10.1", "99.0.0"],
        [
            "Docker buildx",
            "docker",
            "github.com/docker/buildx v0.1.0 x",
            "github.com/docker/buildx v99.0.0 x",
        ],
        ["Pulumi", "pulumi", "v3.0.0", "v99.0.0"],
    ] as const) {
        it(`is a ${title} that is too old, until there is a newer one`, async () => {
            const { state, remedy } = await look(title, program, `echo ${older}`);
            expect(state).to.not.equal("ok");
            expect(remedy).to.match(/^install a newer one: https:/);
            expect((await look(title, program, `echo ${newer}`)).state).to.equal("ok");
        });
    }

    it("is a buildx that is missing, with where to get it", async () => {
        const said = "docker: 'buildx' is not a docker command.";
        const { detail, remedy } = await look("Docker buildx", "docker", `echo "${said}" >&2; exit 1`);
        expect(detail).to.equal(said);
        expect(remedy).to.match(/^install a newer one: https/);
    });
});
