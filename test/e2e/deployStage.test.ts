import * as fs from "node:fs";
import * as path from "node:path";
import { parseEnv } from "node:util";
import { expect } from "chai";
import { which } from "../../toolchain/command.ts";
import { Sandbox, succeeded, type Ran } from "../support/sandbox.ts";

/**
 * The deploy stage as pipelines run it, with what the workflows call: every run in a fresh clone of one shared
 * repository, with the state in a backend that all of them share. A pull request is a merge in the shared repository.
 */
describe("the deploy stage", function () {
    this.timeout(600_000);
    let sandbox: Sandbox;
    let branch: string;
    let clones = 0;

    const emitted = [
        "apps/app2/.env",
        "apps/app2/compose.yaml",
        "foundation.lock.json",
        "foundation/.env",
        "foundation/compose.yaml",
    ];
    const at = (folder: string): string => path.join(sandbox.root, folder);
    const git = async (folder: string, ...args: string[]): Promise<string> =>
        succeeded(
            await sandbox.run("git", args, { cwd: at(folder) }),
            `git ${args.join(" ")} in ${folder}`,
        ).trim();
    const clone = async (name: string): Promise<string> => {
        await git(".", "clone", "--quiet", "shared.git", name);
        return name;
    };

    /** One run of the stage, on a runner that has nothing but the repository and the toolchain. */
    async function stage(...args: string[]): Promise<Ran & { readonly runner: string }> {
        const runner = await clone(`runner-${++clones}`);
        fs.symlinkSync(fs.realpathSync(sandbox.path("node_modules")), at(`${runner}/node_modules`));
        const ran = await sandbox.run(
            "node",
            ["cli/foundation.cjs", "deploy", ...args, "--stack", sandbox.stack],
            {
                cwd: at(runner),
            },
        );
        return { ...ran, runner };
    }

    /** A developer's change, pushed to the main branch. */
    async function change(edit: (folder: string) => void): Promise<void> {
        await git("author", "pull", "--quiet", "--ff-only");
        edit(at("author"));
        await git("author", "add", "--all");
        await git("author", "commit", "--quiet", "--message", "Change");
        await git("author", "push", "--quiet", "origin", "main");
    }

    /** What merging the pull request does. */
    async function merge(): Promise<void> {
        await git("author", "fetch", "--quiet");
        await git("author", "switch", "--quiet", "main");
        await git("author", "merge", "--quiet", "--ff-only", "origin/main");
        await git("author", "merge", "--quiet", "--no-ff", "--no-edit", `origin/${branch}`);
        await git("author", "push", "--quiet", "origin", "main");
    }

    const sharedBranches = async (): Promise<string[]> =>
        (await git("shared.git", "branch", "--format=%(refname:short)")).split("\n");
    const imageOn = async (revision: string): Promise<string> =>
        parseEnv(await git("shared.git", "show", `${revision}:foundation/.env`))["FOUNDATION_IMAGE"] ?? "";

    before(async () => {
        const identity = {
            GIT_AUTHOR_NAME: "Deploy stage",
            GIT_AUTHOR_EMAIL: "deploy@example.com",
            GIT_COMMITTER_NAME: "Deploy stage",
            GIT_COMMITTER_EMAIL: "deploy@example.com",
        };
        sandbox = await Sandbox.create({ env: identity });
        branch = `foundation/${sandbox.stack}`;
        fs.rmSync(sandbox.path("apps/app1"), { recursive: true });
        fs.mkdirSync(at("author"));
        for (const name of fs.readdirSync(sandbox.path("."))) {
            if (name !== "node_modules")
                fs.cpSync(sandbox.path(name), at(`author/${name}`), { recursive: true });
        }
        await git(".", "init", "--quiet", "--bare", "--initial-branch", "main", "shared.git");
        await git("author", "init", "--quiet", "--initial-branch", "main");
        await git("author", "add", "--all");
        await git("author", "commit", "--quiet", "--message", "Adopt the foundation");
        await git("author", "remote", "add", "origin", at("shared.git"));
        await git("author", "push", "--quiet", "--set-upstream", "origin", "main");
    });

    after(async () => {
        await sandbox.dispose();
    });

    describe("a deployment", () => {
        it("says what a deployment would change, and changes nothing", async () => {
            const { output, exitCode, runner } = await stage("preview", "--comment", "comment.md");
            expect(exitCode, output).to.equal(0);
            const comment = fs.readFileSync(at(`${runner}/comment.md`), "utf8");
            expect(comment).to.match(/^<!-- foundation preview of e2e-/);
            for (const file of emitted) expect(comment).to.include(file);
            expect(emitted.filter((file) => fs.existsSync(at(`${runner}/${file}`)))).to.deep.equal([]);
            expect(await sharedBranches()).to.deep.equal(["main"]);
        });

        it("comments that a preview has failed, with what is wrong", async () => {
            await change((folder) => {
                fs.mkdirSync(`${folder}/apps/half`);
                fs.writeFileSync(`${folder}/apps/half/Dockerfile`, "FROM foundation AS\n");
            });
            const { exitCode, runner } = await stage("preview", "--comment", "comment.md");
            expect(exitCode).not.to.equal(0);
            const comment = fs.readFileSync(at(`${runner}/comment.md`), "utf8");
            expect(comment).to.include("The preview failed").and.to.include("apps/half/Dockerfile");
            await change((folder) => {
                fs.rmSync(`${folder}/apps/half`, { recursive: true });
            });
        });

        it("deploys where emitted files are git-ignored, and says that nobody gets them", async () => {
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(0);
            expect(output).to.include("verified: ").and.to.include("the emitted files are git-ignored");
            expect(await sharedBranches()).to.deep.equal(["main"]);
        });

        it("publishes the emitted files of a verified deployment on a branch, without a credential in them", async () => {
            await change((folder) => {
                fs.writeFileSync(`${folder}/.gitignore`, "node_modules\n.foundation/\n");
            });
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(/verified: [^]*published on foundation\/e2e-/);
            const changed = await git("shared.git", "diff", "--name-only", "main", branch);
            expect(changed.split("\n")).to.deep.equal(emitted);
            const { pullPassword = "", image } = await sandbox.outputs();
            expect(output).not.to.include(pullPassword);
            expect(await git("shared.git", "show", branch)).not.to.include(pullPassword);
            expect(await imageOn(branch)).to.equal(image);
        });
    });

    describe("a developer", () => {
        /** Git and Docker, as the machine of somebody who has neither Node nor Pulumi. */
        const tools = (): { readonly env: Record<string, string> } => {
            const bin = at("bin");
            fs.mkdirSync(bin, { recursive: true });
            for (const name of ["docker", "git", "sh"]) {
                const program = which(name);
                if (program === undefined) throw new Error(`there is no ${name} here`);
                if (!fs.existsSync(`${bin}/${name}`)) fs.symlinkSync(program, `${bin}/${name}`);
            }
            return { env: { PATH: bin, PULUMI_BACKEND_URL: "", PULUMI_CONFIG_PASSPHRASE: "" } };
        };
        const compose = (...args: string[]): Promise<Ran> =>
            sandbox.run("docker", ["compose", "--project-name", `${sandbox.stack}-app2`, ...args], {
                cwd: at("developer/apps/app2"),
                ...tools(),
            });

        it("gets the files with the pull request's merge", async () => {
            await merge();
            await clone("developer");
            expect(emitted.filter((file) => !fs.existsSync(at(`developer/${file}`)))).to.deep.equal([]);
        });

        it("is told to log in first", async () => {
            const { output, exitCode } = await compose("up");
            expect(exitCode, output).not.to.equal(0);
            expect(output).to.match(/401 Unauthorized|no basic auth credentials|authorization failed/);
        });

        it("logs in with the credential and runs the app, with nothing but docker compose", async () => {
            const {
                registryServer = "",
                pullUsername = "",
                pullPassword = "",
                image,
            } = await sandbox.outputs();
            const login = ["login", registryServer, "--username", pullUsername, "--password-stdin"];
            succeeded(
                await sandbox.run("docker", login, { input: pullPassword, ...tools() }),
                "docker login",
            );
            const { output, exitCode } = await compose("up");
            expect(exitCode, output).to.equal(0);
            expect(output).to.include(`running on Foundation ${image?.split(":").at(-1) ?? ""} (official)`);
            await compose("down");
        });

        it("gets a changed foundation the same way", async () => {
            const before = await imageOn("main");
            await change((folder) => {
                const file = `${folder}/foundation/files/foundation-release`;
                fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"official"', '"official 2"'));
            });
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(0);
            expect(await imageOn(branch)).not.to.equal(before);
            await merge();

            succeeded(
                await sandbox.run("git", ["pull", "--quiet", "--ff-only"], {
                    cwd: at("developer"),
                    ...tools(),
                }),
                "git pull",
            );
            const app = await compose("up", "--build");
            expect(app.output).to.match(/running on Foundation content-[0-9a-f]{12} \(official 2\)/);
            await compose("down");
        });
    });

    describe("a deployment that changes nothing", () => {
        it("publishes nothing, and removes the branch that was merged", async () => {
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(0);
            expect(output).to.include(`${branch} is gone`);
            expect(await sharedBranches()).to.deep.equal(["main"]);
        });
    });

    describe("what cannot be verified", () => {
        const tags = "/var/lib/registry/docker/registry/v2/repositories/foundation/_manifests/tags";
        const inRegistry = async (script: string): Promise<void> => {
            const volume = `foundation-registry-${sandbox.stack}_images:/var/lib/registry`;
            const image = "debian:bookworm-slim";
            await sandbox.docker(
                "run",
                "--rm",
                "--network",
                "none",
                "--volume",
                volume,
                image,
                "sh",
                "-ec",
                script,
            );
        };
        let tag: string;

        before(async () => {
            tag = (await imageOn("main")).split(":").at(-1) ?? "";
            // So that there is something to publish.
            await change((folder) => {
                fs.rmSync(`${folder}/apps/app2/compose.yaml`);
            });
        });

        const refused = async (finding: RegExp): Promise<void> => {
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(1);
            expect(output).to.match(finding);
            expect(output).to.include("not verified, so no emitted files are published");
            expect(await sharedBranches()).to.deep.equal(["main"]);
        };

        it("is not published: a tag that was moved in the registry", async () => {
            const link = `${tags}/${tag}/current/link`;
            const other = `${tags}/$(ls ${tags} | grep content- | grep -v ${tag})/current/link`;
            await inRegistry(`cp ${link} /var/lib/registry/kept; cp ${other} ${link}`);
            await refused(/^error: .*, is sha256:\w{64} in the registry, expected sha256:\w{64}/m);
            await inRegistry(`mv /var/lib/registry/kept ${link}`);
        });

        it("is not published: an image that is gone from the registry", async () => {
            await inRegistry(`mv ${tags}/${tag} /var/lib/registry/kept`);
            await refused(/^error: .* is not in the registry/m);
        });

        async function deployed(): Promise<void> {
            const { output, exitCode } = await stage("up");
            expect(exitCode, output).to.equal(0);
        }

        it("is published under a new tag once somebody asks for a rebuild", async () => {
            // A rebuild asks for the newest base image, which not every network that tests run in has.
            await change((folder) => {
                fs.writeFileSync(`${folder}/foundation/Dockerfile`, "FROM scratch\nCOPY files /files\n");
            });
            await deployed();
            const lost = await imageOn(branch);
            await change((folder) => {
                const file = `${folder}/Pulumi.${sandbox.stack}.yaml`;
                fs.appendFileSync(file, "  foundation:rebuild: the image was lost\n");
            });
            await deployed();
            expect(await imageOn(branch)).not.to.equal(lost);
        });

        it("leaves a branch that somebody works on, and fails", async () => {
            await git("author", "fetch", "--quiet");
            await git("author", "switch", "--quiet", branch);
            await git("author", "commit", "--quiet", "--allow-empty", "--message", "Try something");
            await git("author", "push", "--quiet", "origin", branch);
            const tip = await git("shared.git", "rev-parse", branch);
            const { output, exitCode } = await stage("up");
            expect(exitCode).to.equal(2);
            expect(output).to.match(
                /^foundation: foundation\/e2e-\w+ has commits that are not this stage's/m,
            );
            expect(await git("shared.git", "rev-parse", branch)).to.equal(tip);
        });
    });

    describe("a run without what it needs", () => {
        it("says that it needs a state that is shared", async () => {
            const bare = await sandbox.run(
                "node",
                ["cli/foundation.cjs", "deploy", "up", "--stack", sandbox.stack],
                {
                    env: { PULUMI_BACKEND_URL: "" },
                },
            );
            expect(bare.exitCode).to.equal(2);
            expect(bare.output).to.match(/^foundation: PULUMI_BACKEND_URL is not set; /);
        });
    });
});
