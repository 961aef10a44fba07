import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../components/problem.ts";
import { Clone } from "../../components/workspace/clone.ts";
import { toolChecks } from "../../cli/doctor/tools.ts";
import { parseConfig } from "../../components/config.ts";
import { dependencyVersion } from "../../toolchain/versions.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "../toolchain/support.ts";

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
    ) {
        const bin = folder();
        fakeProgram(bin, program, script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const check = toolChecks(
            clone ?? new Clone(bin),
            new Problem({ wrong: "nothing was emitted" }),
            parseConfig("foundation", values),
        ).find((candidate) => candidate.title === title);
        if (check === undefined) throw new Error(`there is no check ${title}`);
        return check.look();
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

            const none = await look("Pulumi plugins", "pulumi", "echo '[]'", values);
            expect(none.state).to.equal("warn");
            expect(none.detail).to.equal(`not installed: ${list} (needed only to publish)`);
            for (const { name, version } of plugins) {
                expect(none.remedy).to.include(`pulumi plugin install resource ${name} ${version}`);
            }
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

    it("is a buildx that is missing, with where to get it", async () => {
        const said = "docker: 'buildx' is not a docker command.";
        const { detail, remedy } = await look("Docker buildx", "docker", `echo "${said}" >&2; exit 1`);
        expect(detail).to.equal(said);
        expect(remedy).to.match(/^install a newer one: https/);
    });
});
