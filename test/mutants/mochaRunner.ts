import {
    INSTRUMENTER_CONSTANTS,
    type CoverageData,
    type InstrumenterContext,
    type MutantCoverage,
    type StrykerOptions,
} from "@stryker-mutator/api/core";
import { commonTokens, declareClassPlugin, PluginKind, tokens } from "@stryker-mutator/api/plugin";
import {
    determineHitLimitReached,
    DryRunStatus,
    TestStatus,
    toMutantRunResult,
    type DryRunOptions,
    type DryRunResult,
    type MutantRunOptions,
    type MutantRunResult,
    type TestResult,
    type TestRunner,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";
import Mocha from "mocha";

/** The option of Stryker's that this runner reads. */
export interface MochaOptions {
    /** The test files, relative to the project. */
    readonly mochaFiles: readonly string[];
}

/** What the instrumented files look at: which mutant is active, and which test is running. */
const context: InstrumenterContext = ((globalThis as Record<string, unknown>)[
    INSTRUMENTER_CONSTANTS.NAMESPACE
] ??= {});

/** A test that compares a duration with a limit would blame a mutant for a busy machine. */
const timed = /takes well under a second/;

/**
 * Runs mocha again and again in one process. Modules are loaded once, since Node forgets none; Stryker's global says
 * which mutant is active. Stryker starts another process for a mutant that acts while modules load.
 */
class MochaRunner implements TestRunner {
    static readonly inject = tokens(commonTokens.options);

    private readonly files: readonly string[];
    private loaded: Mocha | undefined;

    constructor(options: StrykerOptions) {
        this.files = (options as StrykerOptions & MochaOptions).mochaFiles;
    }

    capabilities() {
        return { reloadEnvironment: false };
    }

    async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
        const mocha = await this.mocha();
        const result = await this.run(mocha, disableBail);
        if (result.status !== DryRunStatus.Complete || context.mutantCoverage === undefined) return result;
        return { ...result, mutantCoverage: creditTests(context.mutantCoverage, mocha.suite) };
    }

    async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
        const { activeMutant, mutantActivation, testFilter, hitLimit, disableBail } = options;
        if (mutantActivation === "runtime") await this.mocha();
        context.activeMutant = activeMutant.id;
        // For the programs that a test starts.
        process.env[INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE] = activeMutant.id;
        context.hitCount = 0;
        if (hitLimit === undefined) delete context.hitLimit;
        else context.hitLimit = hitLimit;
        const mocha = await this.mocha();
        return toMutantRunResult(await this.run(mocha, disableBail, testFilter));
    }

    private async mocha(): Promise<Mocha> {
        if (this.loaded !== undefined) return this.loaded;
        // An error that no test waited for belongs to whatever runs; mocha listens only while it does.
        process.on("unhandledRejection", () => undefined);
        const mocha = new Mocha({ reporter: Mocha.reporters.Base });
        mocha.cleanReferencesAfterRun(false);
        // The same cases for each mutant; and one that fails needs not be made smaller.
        fc.configureGlobal({ seed: 1, endOnFailure: true });
        this.files.forEach((file) => mocha.addFile(file));
        await mocha.loadFilesAsync();
        // Stryker's own limit grows with the time that the tests take without a mutant.
        mocha.suite.eachTest((test: Mocha.Test) => test.timeout(0));
        this.loaded = mocha;
        return mocha;
    }

    /** @param only the full titles of the tests to run; all of them when it is missing. */
    private async run(mocha: Mocha, disableBail: boolean, only?: readonly string[]): Promise<DryRunResult> {
        mocha.grep(only === undefined ? new RegExp(`^(?!.*${timed.source})`) : exactly(only));
        mocha.bail(!disableBail);
        const tests: TestResult[] = [];
        const failures: string[] = [];
        await new Promise<void>((resolve) => {
            mocha
                .run(() => {
                    resolve();
                })
                .on("suite", (suite) => {
                    context.currentTestId = hookOf(suite);
                })
                .on("test", (test) => {
                    context.currentTestId = test.fullTitle();
                })
                .on("pass", (test) => tests.push({ ...of(test), status: TestStatus.Success }))
                .on("fail", (test, error: unknown) => {
                    const failureMessage = error instanceof Error ? error.message : String(error);
                    failures.push(`${test.fullTitle()}: ${failureMessage}`);
                    tests.push({ ...of(test), status: TestStatus.Failed, failureMessage });
                });
        });
        return (
            determineHitLimitReached(context.hitCount, context.hitLimit) ?? {
                status: DryRunStatus.Complete,
                tests,
            }
        );
    }
}

function exactly(titles: readonly string[]): RegExp {
    const escaped = titles.map((title) => title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
    return new RegExp(`^(${escaped.join("|")})$`);
}

function of(test: Mocha.Test) {
    const id = test.fullTitle();
    const { file } = test;
    return {
        id,
        name: id,
        timeSpentMs: test.duration ?? 0,
        ...(file === undefined ? {} : { fileName: file }),
    };
}

/** Whatever runs before a suite's first test. */
function hookOf(suite: Mocha.Suite): string {
    return `before ${suite.fullTitle()}`;
}

/** What a suite's `before` covers, each of its tests covers. */
function creditTests({ static: atLoad, perTest }: MutantCoverage, root: Mocha.Suite): MutantCoverage {
    const credited: MutantCoverage["perTest"] = {};
    const visit = (suite: Mocha.Suite, inherited: CoverageData) => {
        const hits = { ...inherited, ...perTest[hookOf(suite)] };
        for (const id of suite.tests.map((test) => test.fullTitle())) {
            credited[id] = { ...hits, ...credited[id], ...perTest[id] };
        }
        for (const inner of suite.suites) visit(inner, hits);
    };
    visit(root, {});
    return { static: atLoad, perTest: credited };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "mocha", MochaRunner)];

export const strykerValidationSchema = {
    properties: { mochaFiles: { type: "array", items: { type: "string" } } },
};
