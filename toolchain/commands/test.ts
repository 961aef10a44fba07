import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hand, run } from "../command.ts";
import { root } from "../environment.ts";
import { exitCodeOf } from "../failures.ts";
import { Problem } from "../../components/problem.ts";
import { Report } from "../report.ts";
import { reasonsOf, setUp } from "../setup.ts";

interface Counts {
    readonly passes: number;
    readonly failures: number;
    readonly pending: number;
}

/** Each is a file that Node runs, so no `npx` and no second npm has to start. */
const CHECKS: readonly [name: string, ...command: string[]][] = [
    ["prettier", "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
    ["eslint", "node_modules/eslint/bin/eslint.js", "."],
    ["tsc", "node_modules/typescript/bin/tsc", "--noEmit"],
    ["API reference", "toolchain/apiReference.ts", "--check"],
];

// Several files at a time: each has its own stack, state, ports and names, and much of their time is spent waiting.
const UNIT = {
    name: "unit tests",
    args: ["--parallel", "--jobs", "2", "--ignore", "test/e2e/**", "test/**/*.test.ts"],
};
const END_TO_END = {
    name: "end-to-end tests",
    // The longest first.
    args: ["--parallel", "--jobs", "3", "test/e2e/lifecycle.test.ts", "test/e2e/!(lifecycle).test.ts"],
};

const SWITCHES: Record<string, string> = {
    "--update": "UPDATE_GOLDEN",
    "--real-plugin": "REAL_AZURE_PLUGIN",
};

const CHOICES: Record<string, (typeof UNIT)[]> = { all: [UNIT, END_TO_END], unit: [UNIT], e2e: [END_TO_END] };

/**
 * `npm test`: every check there is. One that fails does not keep the others from running. With `unit` or `e2e`, those
 * tests only; mocha's options may follow, or `--update`, with which tests write what they would compare with, or
 * `--real-plugin`, with which those of Azure use the real azure-native. `e2e --engine <path of a dockerd, or DOCKER_HOST>`
 * takes that engine for the second one.
 */
export async function main([choice = "all", ...options]: string[]) {
    const suites = CHOICES[choice];
    if (!suites) throw new Problem(`there are no "${choice}" tests, only ${Object.keys(CHOICES).join(", ")}`);
    const engine = engineAmong(options);
    if (engine.length > 0 && choice !== "e2e")
        throw new Problem("--engine goes with `npm run test:e2e` only");
    const mochaOptions = options.filter((option) => !(option in SWITCHES || engine.includes(option)));
    // Variables, because mocha hands its options to no process that runs a file.
    for (const option of options) if (SWITCHES[option]) process.env[SWITCHES[option]] = "1";

    console.log("Setting up\n");
    // The unit tests as well: some ask the real ones whether they read a file as we do.
    await setUp({
        pulumi: true,
        docker: true,
        actionlint: suites.includes(UNIT),
        browser: suites.includes(END_TO_END),
        secondEngine: suites.includes(END_TO_END),
    });

    let failed = false;
    if (choice === "all") {
        console.log("\nChecking\n");
        failed = (await exitCodeOf(check)) !== 0;
    }
    const counts: Counts[] = [];
    for (const suite of suites) {
        console.log(`\nRunning the ${suite.name}`);
        const starter = suite === END_TO_END ? ["test/support/withEngines.ts", ...engine, "node"] : [];
        const { code, result } = await mocha(starter, [...suite.args, ...mochaOptions]);
        failed ||= code !== 0 || result.passes + result.failures === 0;
        counts.push(result);
    }
    console.log(closingLine(counts));
    return failed ? 1 : 0;
}

/** Everything but the tests. */
async function check() {
    const report = new Report();
    const results = await Promise.allSettled(
        CHECKS.map(([name, ...command]) =>
            report.step(name, async (step) => {
                step.doing("checking");
                // Some take CI for a terminal.
                const { code, output } = await run("node", command, { cwd: root, env: { NO_COLOR: "1" } });
                if (code !== 0) throw new Problem(`${name} complains\n\n${output.trimEnd()}`);
                return { title: name, how: "no complaints" };
            }),
        ),
    );
    const failures = reasonsOf(results);
    if (failures.length > 0) throw new AggregateError(failures);
    return 0;
}

/** The option that names an engine, with its value. */
function engineAmong(options: readonly string[]): string[] {
    const at = options.indexOf("--engine");
    if (at === -1) return [];
    const value = options[at + 1];
    if (value === undefined) throw new Problem("--engine takes the path of a dockerd, or a DOCKER_HOST");
    return ["--engine", value];
}

/** @param starter a program that starts it */
async function mocha(starter: readonly string[], args: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), "foundation-test-"));
    const file = join(folder, "counts.json");
    const reporter = fileURLToPath(new URL("../countingReporter.ts", import.meta.url));
    try {
        const program = [...starter, "node_modules/mocha/bin/mocha.js"];
        const options = ["--reporter", reporter, "--reporter-option", `counts=${file}`];
        if (!process.stdout.isTTY) options.push("--no-color");
        const code = await hand("node", [...program, ...options, ...args], { cwd: root });
        // A run that ends before its tests leaves no counts.
        const result = existsSync(file)
            ? (JSON.parse(readFileSync(file, "utf8")) as Counts)
            : { passes: 0, failures: 0, pending: 0 };
        return { code, result };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** @param counts of every run */
export function closingLine(counts: readonly Counts[]): string {
    const sum = (kind: keyof Counts) => counts.reduce((total, count) => total + count[kind], 0);
    const skipped = sum("pending");
    return `${sum("passes")} passed, ${sum("failures")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
