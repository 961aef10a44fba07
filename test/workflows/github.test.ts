import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { VERSION } from "../../components/versions.js";
import { which } from "../../toolchain/command.ts";
import { temporaryFolders } from "../support/folder.ts";
import { readWorkflow, stepsOf, textOf, workflows } from "./workflow.ts";

describe("the GitHub workflows", () => {
    it("are what GitHub understands, by actionlint", function () {
        const program = which("actionlint");
        // `npm test` brings it, where Go can build it.
        if (program === undefined) return this.skip();
        this.timeout(60_000);
        // Its other checkers would make the result depend on what else is installed.
        const files = workflows.map((name) => `.github/workflows/${name}`);
        const args = ["-no-color", "-shellcheck=", "-pyflakes=", ...files];
        const { stdout, stderr, status } = spawnSync(program, args, { encoding: "utf8" });
        expect(stdout + stderr).to.equal("");
        expect(status).to.equal(0);
    });

    for (const name of workflows) {
        describe(name, () => {
            const workflow = readWorkflow(name);

            it("pins every action by commit, and says which release that is", () => {
                const uses = textOf(name)
                    .split("\n")
                    .filter((line) => /\buses:/.test(line));
                expect(uses).not.to.be.empty;
                for (const line of uses) {
                    expect(line).to.match(/ uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
                }
            });

            it("lets no pull request run with what the main branch may", () => {
                expect(workflow.on).not.to.have.any.keys("pull_request_target", "workflow_run");
            });

            it("gives a job no permission but those it names", () => {
                expect(workflow.permissions).to.deep.equal({});
                for (const job of Object.values(workflow.jobs)) expect(job.permissions).to.be.an("object");
            });

            it("hands values to scripts in the environment, where they can be neither code nor seen in a list of processes", () => {
                for (const { run } of stepsOf(workflow)) expect(run ?? "").not.to.include("${{");
            });

            it("leaves the token in no checkout but the one that pushes", () => {
                for (const { permissions, steps } of Object.values(workflow.jobs)) {
                    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
                        expect(step.with?.["persist-credentials"]).to.equal(
                            permissions?.["contents"] === "write",
                        );
                    }
                }
            });

            it("has scripts that bash can read", () => {
                for (const { run } of stepsOf(workflow)) {
                    const { stderr, status } = spawnSync("bash", ["-n"], {
                        input: run ?? "",
                        encoding: "utf8",
                    });
                    expect(stderr).to.equal("");
                    expect(status).to.equal(0);
                }
            });
        });
    }
});

describe("ci.yml", () => {
    const workflow = readWorkflow("ci.yml");

    it("runs the checks on pull requests and on the main branch, reading only, without a secret", () => {
        expect(workflow.on).to.deep.equal({ pull_request: null, push: { branches: ["main"] } });
        expect(workflow.jobs["test"]?.permissions).to.deep.equal({ contents: "read" });
        const [test, asRoot] = workflow.jobs["test"]?.steps.flatMap(({ run }) => run ?? []) ?? [];
        expect(test).to.equal("npm test");
        expect(asRoot).to.match(
            /^sudo .* npm run test:e2e -- --grep "on a current Docker\|a second engine"$/,
        );
        expect(textOf("ci.yml")).not.to.include("secrets.");
    });
});

describe("deploy.yml", () => {
    const workflow = readWorkflow("deploy.yml");
    const job = (name: string) => {
        const found = workflow.jobs[name];
        if (found === undefined) throw new Error(`deploy.yml has no job ${name}`);
        return found;
    };

    it("gives each job exactly what it needs", () => {
        const permissions = Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions]);
        expect(Object.fromEntries(permissions)).to.deep.equal({
            preview: { contents: "read", "id-token": "write" },
            comment: { "pull-requests": "write" },
            deploy: { contents: "write", "id-token": "write" },
            "pull-request": { contents: "read", "pull-requests": "write" },
        });
    });

    it("runs once a week, by hand, and for what is merged", () => {
        expect(workflow.on).to.have.all.keys("pull_request", "push", "schedule", "workflow_dispatch");
        expect(workflow.on["push"]).to.deep.equal({ branches: ["main"] });
        // Minute, hour, any day of the month, any month, one day of the week.
        expect(workflow.on["schedule"]).to.have.lengthOf(1);
        expect(JSON.stringify(workflow.on["schedule"])).to.match(/"cron":"\d+ \d+ \* \* \d"/);
    });

    it("comments on no preview that wasn't made, or that a newer one has ended", () => {
        for (const result of ["skipped", "cancelled"]) {
            expect(job("comment").if).to.include(`needs.preview.result != '${result}'`);
        }
    });

    it("previews no pull request of a fork", () => {
        expect(job("preview").if)
            .to.include("github.event.pull_request.head.repo.full_name == github.repository")
            .and.include("github.event_name == 'pull_request'");
    });

    it("deploys the main branch alone, one run after the other, to the end", () => {
        const { if: condition, concurrency, environment } = job("deploy");
        expect(condition)
            .to.include("github.event_name != 'pull_request'")
            .and.include("github.ref == 'refs/heads/main'");
        expect(concurrency?.["cancel-in-progress"]).to.equal(false);
        expect(concurrency?.group).to.equal("deploy-${{ vars.FOUNDATION_STACK }}");
        expect(environment).to.equal("production");
        expect(job("pull-request").needs).to.equal("deploy");
    });

    it("does nothing until it is told which stack", () => {
        for (const name of ["preview", "deploy"])
            expect(job(name).if).to.include("vars.FOUNDATION_STACK != ''");
    });

    it("signs in to Azure with the job's own identity, with no stored secret", () => {
        for (const name of ["preview", "deploy"]) {
            const { env = {} } = job(name).steps.at(-1) ?? {};
            expect(env).to.include({ ARM_USE_OIDC: "true", ARM_CLIENT_ID: "${{ vars.AZURE_CLIENT_ID }}" });
            expect(env).not.to.have.any.keys("ARM_CLIENT_SECRET", "ARM_OIDC_TOKEN");
        }
        const secrets = new Set(textOf("deploy.yml").match(/secrets\.\w+/g));
        expect([...secrets]).to.deep.equal(["secrets.PULUMI_CONFIG_PASSPHRASE"]);
    });

    it("signs the Azure CLI in wherever the state is, since its key may be in Key Vault", () => {
        for (const name of ["preview", "deploy"]) {
            const step = job(name).steps.find(({ uses }) => uses?.startsWith("azure/login@"));
            expect(step?.if).to.equal("vars.AZURE_CLIENT_ID != ''");
            expect(step?.with).to.include({ "client-id": "${{ vars.AZURE_CLIENT_ID }}" });
        }
    });

    it("runs the same stage that the end-to-end tests run", () => {
        expect(job("preview").steps.at(-1)?.run).to.include("npm run --silent deploy -- preview --stack");
        expect(job("deploy").steps.at(-1)?.run).to.equal('npm run --silent deploy -- up --stack "$STACK"');
    });

    it("commits as somebody, with all commits there to look at", () => {
        expect(job("deploy").steps[0]?.with?.["fetch-depth"]).to.equal(0);
        for (const variable of ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"]) {
            expect(job("deploy").steps.at(-1)?.env).to.have.property(`GIT_${variable}`);
        }
    });
});

describe("release.yml", () => {
    const { on, jobs } = readWorkflow("release.yml");
    const folder = temporaryFolders();

    it("runs for a tag of a version, and checks that it is the package's", () => {
        expect(on).to.deep.equal({ push: { tags: ["v*.*.*"] } });
        const [check] = jobs["pack"]?.steps.flatMap(({ run }) => run ?? []) ?? [];
        const run = (tag: string): number | null =>
            spawnSync("bash", ["-eo", "pipefail", "-c", check ?? "exit 9"], {
                env: { ...process.env, GITHUB_REF_NAME: tag },
            }).status;
        expect(run(`v${VERSION}`)).to.equal(0);
        expect(run("v99.0.0")).to.equal(1);
    });

    it("checks and packs where nothing may be written, and releases where nothing of others runs", () => {
        expect(jobs["pack"]?.permissions).to.deep.equal({ contents: "read" });
        expect(jobs["pack"]?.steps.map(({ run }) => run)).to.include("npm test");
        expect(jobs["release"]).to.deep.include({ needs: "pack", environment: "release" });
        expect(jobs["release"]?.permissions).to.deep.equal({
            contents: "write",
            "id-token": "write",
            attestations: "write",
        });
        expect(jobs["release"]?.steps.some(({ uses }) => uses?.startsWith("actions/checkout@"))).to.equal(
            false,
        );
    });

    it("pushes a tag that is the package, and nothing else, after the release", () => {
        expect(jobs["tag"]).to.deep.include({ needs: "release", environment: "release" });
        expect(jobs["tag"]?.permissions).to.deep.equal({ contents: "write" });
        const { run = "", env } = jobs["tag"]?.steps.at(-1) ?? {};
        const root = folder({ "release/package/package.json": '{ "name": "thing", "version": "1.2.3" }' });
        symlinkSync(path.resolve("toolchain"), path.join(root, "toolchain"));
        const script = `git init --quiet --bare ../"$REMOTE"; git init --quiet; git remote add origin ../"$REMOTE"
            git commit --quiet --allow-empty --message release; git push --quiet origin HEAD:main
            tar -czf release/thing.tgz -C release package
            ${run}
            git ls-remote origin`;
        const remote = path.basename(folder());
        const { stdout, stderr, status } = spawnSync("bash", ["-eo", "pipefail", "-c", script], {
            cwd: root,
            encoding: "utf8",
            env: { PATH: process.env["PATH"], ...env, REMOTE: remote },
        });
        expect(status, stderr).to.equal(0);
        expect(stdout.match(/refs\/.*/g)).to.deep.equal(["refs/heads/main", "refs/tags/package-v1.2.3"]);
    });
});
