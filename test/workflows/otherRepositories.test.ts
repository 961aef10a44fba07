import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { which } from "../../toolchain/command.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram } from "../toolchain/support.ts";
import { exampleIn, textOf, type Job } from "./workflow.ts";

/** The job that docs/other-repositories.md adds to deploy.yml, with a `gh` and an `npm` that keep what they are told. */
describe("the job that opens pull requests in other repositories", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const example = exampleIn("docs/other-repositories.md");

    it("is what GitHub understands, by actionlint", function () {
        const program = which("actionlint");
        // `npm test` brings it, where Go can build it.
        if (program === undefined) return this.skip();
        const file = `${folder()}/deploy.yml`;
        fs.writeFileSync(file, `${textOf("deploy.yml")}\n${example.replaceAll(/^(?=.)/gm, "  ")}`);
        const { stdout } = spawnSync(program, ["-no-color", "-shellcheck=", "-pyflakes=", file], {
            encoding: "utf8",
        });
        expect(stdout).to.equal("");
    });

    describe("run", () => {
        let home: string;

        before(function () {
            if (process.platform === "win32" || which("bash") === undefined) this.skip();
        });

        const git = (at: string, ...args: string[]): string => {
            const settings = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"];
            const { stdout, stderr, status } = spawnSync(
                "git",
                ["-C", `${home}/${at}`, ...settings, ...args],
                {
                    encoding: "utf8",
                },
            );
            expect(status, `git ${args.join(" ")}: ${stderr}`).to.equal(0);
            return stdout.trim();
        };

        /** Two repositories as the checkouts have them, each with a remote. */
        beforeEach(() => {
            home = folder({
                "bin/none": "",
                "platform/foundation.lock.json": manifest(1),
                "app/foundation.json": '{ "name": "shop" }',
                "app/apps/one/Dockerfile": "FROM foundation\n",
            });
            for (const name of ["platform", "app"]) {
                git(".", "init", "--quiet", "--bare", `${name}.git`);
                git(name, "init", "--quiet");
                git(name, "add", "--all");
                git(name, "commit", "--quiet", "--message", "first");
                git(name, "remote", "add", "origin", `../${name}.git`);
                git(name, "push", "--quiet", "origin", "main");
            }
            const bin = `${home}/platform/node_modules/.bin`;
            fs.mkdirSync(bin, { recursive: true });
            fakeProgram(bin, "foundation", `exec node "${fs.realpathSync("cli/foundation.cjs")}" "$@"`);
            fakeProgram(`${home}/bin`, "npm", "exit 0");
        });

        function manifest(version: number): string {
            return JSON.stringify({
                version: 1,
                stack: "prod",
                project: ".",
                registry: { kind: "azure", server: "acme.azurecr.io" },
                images: {
                    foundation: {
                        reference: `acme.azurecr.io/foundation:${version}`,
                        digest: `sha256:${version}`,
                        channel: "latest",
                        folder: "foundation",
                        uses: {},
                    },
                },
                workspaces: {},
            });
        }

        /** Runs the last step; gives what `gh` was told. @param open how many pull requests there are. */
        function run(open: number): string {
            const told = `${home}/told`;
            fs.writeFileSync(told, "");
            fakeProgram(`${home}/bin`, "gh", `echo "$*" >>"${told}"\n[ "$2" != list ] || echo ${open}`);
            const { apps } = parse(example) as { readonly apps: Job };
            const step = apps.steps.at(-1);
            const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""];
            const { stdout, stderr, status } = spawnSync("bash", args, {
                cwd: home,
                encoding: "utf8",
                env: {
                    ...step?.env,
                    PATH: `${home}/bin:${process.env["PATH"] ?? ""}`,
                    STACK: "acme/foundation/prod",
                },
            });
            expect(status, stdout + stderr).to.equal(0);
            return fs.readFileSync(told, "utf8");
        }
        const pushed = (file: string): string => git("app", "show", `origin/foundation/prod:${file}`);

        it("offers what the stack has published, in one commit on a branch", () => {
            expect(run(0)).to.match(/^pr list .*\npr create --head foundation\/prod --fill\n$/);
            git("app", "fetch", "--quiet");
            expect(pushed("apps/one/compose.yaml")).to.include("acme.azurecr.io/foundation:1");
            expect(git("app", "log", "--format=%s", "origin/main..origin/foundation/prod")).to.equal(
                "Build on what the stack prod has published",
            );
        });

        it("takes what waits to be merged in the first repository, and renews what is open", () => {
            git("platform", "switch", "--quiet", "--create", "foundation/prod");
            fs.writeFileSync(`${home}/platform/foundation.lock.json`, manifest(2));
            git("platform", "commit", "--quiet", "--all", "--message", "next");
            git("platform", "push", "--quiet", "origin", "foundation/prod");
            git("platform", "switch", "--quiet", "main");
            expect(run(1)).to.match(/^pr list .*\n$/);
            git("app", "fetch", "--quiet");
            expect(pushed("apps/one/compose.yaml")).to.include("acme.azurecr.io/foundation:2");
        });

        it("does nothing where nothing has changed", () => {
            run(0);
            git("app", "push", "--quiet", "origin", "HEAD:main");
            expect(run(0)).to.equal("");
        });
    });
});
