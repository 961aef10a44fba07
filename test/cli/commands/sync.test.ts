import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { run } from "../../../cli/commands/sync.ts";
import { checkFiles } from "../../../cli/verify/files.ts";
import { Problem } from "../../../components/problem.ts";
import { readEmitted } from "../../../components/workspace/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("foundation sync", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const output = capturedOutput();
    const emitted = {
        image: "localhost:5050/foundation:1",
        digest: `sha256:${"1".repeat(64)}`,
        stack: "dev",
    };

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** Has Pulumi know a stack with these outputs, and those that each has. */
    function withOutputs(outputs: object): void {
        const login = { pullUsername: "u", pullPassword: "p", pullPasswordExpiresAt: "never" };
        const bin = folder({
            outputs: JSON.stringify({ registryServer: "localhost:5050", ...login, ...outputs }),
        });
        const script = `echo "$*" >>"${bin}/calls"\ncase "$*" in *--show-name*) echo acme/foundation/dev ;; *) cat "${bin}/outputs" ;; esac`;
        fakeProgram(bin, "pulumi", script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
    }

    /** A clone without emitted files, of a stack that Pulumi knows. */
    function clone(): string {
        const { image, digest } = emitted;
        withOutputs({ image, digest });
        return projectIn(folder);
    }

    const names = [
        "foundation/compose.yaml",
        "apps/one/compose.yaml",
        "foundation.lock.json",
        "foundation/.env",
        "apps/one/.env",
    ];

    it("writes what the stack emits, and names each file", async () => {
        const root = clone();
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output().split("\n")).to.deep.equal([
            ...names.map((name) => `+ ${name}`),
            "5 written, 0 already as stack dev has them",
        ]);
        expect(readEmitted(root)).to.deep.equal(emitted);
    });

    it("writes again only what has changed", async () => {
        const root = clone();
        await run({ clone: new Clone(root), options: {} });
        const before = output().split("\n").length;
        const file = `${root}/apps/one/compose.yaml`;
        const text = fs.readFileSync(file, "utf8");
        fs.appendFileSync(file, "# changed\n");
        expect(await run({ clone: new Clone(root), options: { stack: "dev" } })).to.equal(0);
        expect(output().split("\n").slice(before)).to.deep.equal([
            "~ apps/one/compose.yaml",
            "1 written, 4 already as stack dev has them",
        ]);
        expect(fs.readFileSync(file, "utf8")).to.equal(text);
    });

    it("writes the files of every image, around a project in a folder of the repository", async () => {
        const images = Object.fromEntries(
            ["base", "java"].map((name, index) => [
                name,
                { image: `localhost:5050/${name}:1`, digest: `sha256:${String(index).repeat(64)}` },
            ]),
        );
        withOutputs({ ...images["base"], images });
        const root = folder({
            "infra/Pulumi.yaml":
                "name: acme\nconfig:\n  root: { value: .. }\n  images: { value: { base: {}, java: {} } }\n",
            "infra/Pulumi.dev.yaml": "",
            "base/Dockerfile": "FROM scratch\n",
            "java/Dockerfile": "FROM base\n",
            "apps/one/Dockerfile": "FROM java\n",
        });
        expect(await run({ clone: Clone.find(`${root}/infra`), options: {} })).to.equal(0);
        const clone = Clone.find(root);
        expect(clone.project).to.equal(`${root}/infra`);
        expect(clone.emitted).to.deep.include({ images });
        expect(fs.readFileSync(`${root}/apps/one/compose.yaml`, "utf8")).to.include("localhost:5050/java:1");
        // As verify and doctor have it.
        expect(checkFiles(clone, clone.emitted)).to.deep.equal([]);
    });

    it("writes nothing where a file of the user's is in the way", async () => {
        const root = clone();
        fs.mkdirSync(`${root}/apps/one/.env`);
        const error: unknown = await run({ clone: new Clone(root), options: {} }).catch(
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(Problem);
        expect(String(error)).to.match(/nothing was written:\n {2}- apps\/one\/\.env: /);
        expect(fs.existsSync(`${root}/foundation/.env`)).to.equal(false);
        expect(output()).to.equal("");
    });
});
