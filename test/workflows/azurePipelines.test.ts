import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { readWorkflow } from "./workflow.ts";

interface Step {
    readonly task?: string;
    readonly checkout?: string;
    readonly persistCredentials?: boolean;
    readonly fetchDepth?: number;
    readonly bash?: string;
    readonly inputs?: Readonly<Record<string, string | boolean>>;
    readonly env?: Readonly<Record<string, string>>;
}

interface Stage {
    readonly stage: string;
    readonly condition?: string;
    readonly lockBehavior?: string;
    readonly jobs: readonly {
        readonly environment?: string;
        readonly steps?: readonly Step[];
        readonly strategy?: { readonly runOnce: { readonly deploy: { readonly steps: readonly Step[] } } };
    }[];
}

interface Pipeline {
    readonly trigger: unknown;
    readonly schedules: readonly { readonly cron: string; readonly always: boolean }[];
    readonly variables: Readonly<Record<string, string>>;
    readonly stages: readonly Stage[];
}

describe("azure-pipelines.yml", () => {
    const text = fs.readFileSync("azure-pipelines.yml", "utf8");
    const pipeline = parse(text) as Pipeline;
    const stage = (name: string): Stage => {
        const found = pipeline.stages.find((candidate) => candidate.stage === name);
        if (found === undefined) throw new Error(`azure-pipelines.yml has no stage ${name}`);
        return found;
    };
    const stepsOf = (name: string): readonly Step[] =>
        stage(name).jobs.flatMap(({ steps, strategy }) => steps ?? strategy?.runOnce.deploy.steps ?? []);
    const scripts = pipeline.stages
        .flatMap(({ stage: name }) => stepsOf(name))
        .flatMap(({ bash, inputs }) => [bash, inputs?.["inlineScript"]])
        .filter((script) => typeof script === "string");

    it("runs what the GitHub workflows run", () => {
        const github = [
            ...Object.values(readWorkflow("ci.yml").jobs),
            ...Object.values(readWorkflow("deploy.yml").jobs),
        ]
            .flatMap(({ steps }) => steps)
            .map(({ run }) => run ?? "");
        for (const [pattern, name] of [
            [/npm test$/m, "checks"],
            [/npm run --silent deploy -- preview --stack "\$STACK" --comment/, "preview"],
            [/npm run --silent deploy -- up --stack "\$STACK"$/m, "deploy"],
        ] as const) {
            expect(
                stepsOf(name).some(({ bash, inputs }) =>
                    pattern.test(bash ?? String(inputs?.["inlineScript"])),
                ),
                name,
            ).to.equal(true);
            expect(
                github.some((run) => pattern.test(run)),
                name,
            ).to.equal(true);
        }
    });

    it("runs for what is merged, and once a week even when nothing was", () => {
        expect(pipeline.trigger).to.deep.equal({ batch: true, branches: { include: ["main"] } });
        expect(pipeline.schedules).to.have.lengthOf(1);
        expect(pipeline.schedules[0]).to.include({ always: true });
        expect(pipeline.schedules[0]?.cron).to.match(/^\d+ \d+ \* \* \d$/);
    });

    it("previews no pull request of a fork, and deploys the main branch alone, one run after the other", () => {
        expect(stage("preview").condition).to.include("ne(variables['System.PullRequest.IsFork'], 'True')");
        expect(stage("deploy").condition)
            .to.include("ne(variables['Build.Reason'], 'PullRequest')")
            .and.include("eq(variables['Build.SourceBranch'], 'refs/heads/main')");
        expect(stage("deploy").lockBehavior).to.equal("sequential");
        expect(stage("deploy").jobs[0]?.environment).to.equal("production");
    });

    it("does nothing until it is told which stack", () => {
        for (const name of ["preview", "deploy"]) {
            expect(stage(name).condition).to.include("ne(variables['foundationStack'], '')");
        }
    });

    it("signs in with a federated service connection, another one for what is not merged yet", () => {
        const connections = ["preview", "deploy"].map((name) => {
            const task = stepsOf(name).find((step) => step.task === "AzureCLI@2");
            expect(task?.inputs).to.include({ addSpnToEnvironment: true });
            expect(task?.inputs?.["inlineScript"]).to.include('ARM_OIDC_TOKEN="$idToken"');
            return task?.inputs?.["azureSubscription"];
        });
        expect(connections).to.deep.equal(["foundation-preview", "foundation-deploy"]);
    });

    it("hands values to scripts in the environment, where they can be neither code nor seen in a list of processes", () => {
        for (const script of scripts)
            expect(script).not.to.match(/\$\([A-Za-z.]+\)|\$\{\{|System\.AccessToken/);
    });

    it("hands over no variable that may not be set, for that would arrive as it is written", () => {
        const own = Object.keys(pipeline.variables);
        // The stages' condition asks for the first.
        const sure = /^\$\((foundationStack|(Agent|System)\.\w+)\)/;
        for (const name of ["preview", "deploy"]) {
            for (const value of stepsOf(name).flatMap(({ env }) => Object.values(env ?? {}))) {
                const [, variable = ""] = /^\$\((\w+)\)$/.exec(value) ?? [];
                const sound = !value.includes("$(") || sure.test(value) || own.includes(variable);
                expect(sound, value).to.equal(true);
            }
        }
        // Only this form of a variable that isn't set is empty.
        expect(pipeline.variables).to.deep.equal({ stateUrl: "$[variables.pulumiBackendUrl]" });
    });

    it("leaves the token in no checkout but the one that pushes", () => {
        const checkouts = ["checks", "preview", "deploy"].map(
            (name) => stepsOf(name).find(({ checkout }) => checkout !== undefined)?.persistCredentials,
        );
        expect(checkouts).to.deep.equal([false, false, true]);
        expect(stepsOf("deploy")[0]?.fetchDepth).to.equal(0);
    });

    it("has scripts that bash can read", () => {
        for (const script of scripts) {
            expect(spawnSync("bash", ["-n"], { input: script, encoding: "utf8" }).stderr).to.equal("");
        }
    });
});
