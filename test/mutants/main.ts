import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import type { MutantResult, PartialStrykerOptions, Position } from "@stryker-mutator/api/core";
import { Stryker } from "@stryker-mutator/core";
import { shortened } from "../../cli/terminal.ts";
import type { MochaOptions } from "./mochaRunner.ts";

/** A part of the code, and the unit tests that are to notice when it is wrong: those at the same place below test/. */
interface Room {
    /** `components/oci`, or `components` for the files at its top. */
    readonly folder: string;
    /** What of it is changed. */
    readonly mutate: readonly string[];
    readonly tests: readonly string[];
}

/** Tests that run a real Docker; nothing that they cover takes less than a second. */
const needDocker = ["test/components/render/compose.test.ts"];

/** Tests that put hundreds of questions to another program. They come last: most changes are noticed before. */
const last = /Judge\.test\.ts$/;

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
process.env["REMEMBERED_ANSWERS"] = path.resolve(".foundation/mutants/answers");
await main(process.argv.slice(2));

/**
 * Changes the code in small ways, and lists the changes that the unit tests of the same room don't notice.
 *
 * @param paths files or folders of components/ and cli/; all of both when there are none.
 */
async function main(paths: readonly string[]): Promise<void> {
    const summaries: string[] = [];
    for (const room of roomsOf(paths.length > 0 ? paths : ["components", "cli"])) {
        const start = performance.now();
        const mutants = await new Stryker(optionsOf(room)).runMutationTest();
        unnoticed(mutants).forEach((line) => {
            console.log(line);
        });
        summaries.push(`${room.folder}: ${summaryOf(mutants)}, ${seconds(start)} s`);
    }
    console.log(`\n${summaries.join("\n")}`);
}

function roomsOf(paths: readonly string[]): Room[] {
    const files = fs
        .globSync(paths.flatMap((name) => [name, `${name}/**`]))
        .map((file) => file.replaceAll(path.sep, "/"))
        .filter((file) => /^(components|cli)\/.*\.[cm]?[jt]s$/.test(file));
    return [...new Set(files.map(roomOf))].map((folder) => ({
        folder,
        mutate: files.filter((file) => roomOf(file) === folder),
        tests: testsOf(folder),
    }));
}

/** The deepest folder that has tests of its own: of all tests of a larger one, each change would wait for the slowest. */
function roomOf(file: string): string {
    let folder = path.posix.dirname(file);
    while (folder.includes("/") && !fs.existsSync(`test/${folder}`)) folder = path.posix.dirname(folder);
    return folder;
}

/** What lies at the same place below test/; for a folder within a room also what is at the room's top, for all of them. */
function testsOf(folder: string): string[] {
    const [whole = "", part, within] = folder.split("/");
    return [
        `${folder}/${part === undefined ? "" : "**/"}*.test.ts`,
        ...(within === undefined ? [] : [`${whole}/${part}/*.test.ts`]),
    ]
        .flatMap((pattern) => fs.globSync(`test/${pattern}`))
        .map((file) => file.replaceAll(path.sep, "/"))
        .filter((file) => !needDocker.includes(file))
        .sort((one, other) => Number(last.test(one)) - Number(last.test(other)) || (one < other ? -1 : 1));
}

function optionsOf({ folder, mutate, tests }: Room): PartialStrykerOptions & MochaOptions {
    return {
        mutate: [...new Set(mutate)],
        mochaFiles: tests,
        plugins: [fileURLToPath(new URL("mochaRunner.ts", import.meta.url))],
        testRunner: "mocha",
        coverageAnalysis: "perTest",
        // Below the project, so that packages are found from the copy as well.
        tempDirName: ".foundation/mutants/copies",
        ignorePatterns: [".foundation", "docs"],
        incremental: true,
        incrementalFile: `.foundation/mutants/${folder.replaceAll("/", "-")}.json`,
        reporters: ["progress-append-only"],
        // A test that talks to another program takes its time on a busy machine.
        timeoutMS: 10_000,
        dryRunTimeoutMinutes: 20,
        allowEmpty: true,
    };
}

/** The changes that no test noticed, one a line, in the order of the code. */
function unnoticed(mutants: readonly MutantResult[]): string[] {
    return mutants
        .filter(({ status }) => status === "Survived" || status === "NoCoverage")
        .sort((a, b) => a.fileName.localeCompare(b.fileName) || a.location.start.line - b.location.start.line)
        .map(({ fileName, location: { start, end }, replacement, status }) => {
            const file = path.relative(process.cwd(), fileName);
            const original = textBetween(fs.readFileSync(file, "utf8"), start, end);
            const change = `${inOneLine(original)}  →  ${inOneLine(replacement)}`;
            return `${file}:${start.line}:${start.column}  ${change}${status === "NoCoverage" ? "  (no test runs it)" : ""}`;
        });
}

function summaryOf(mutants: readonly MutantResult[]): string {
    const count = (status: MutantResult["status"]) =>
        mutants.filter((mutant) => mutant.status === status).length;
    const noticed = count("Killed") + count("Timeout");
    const all = noticed + count("Survived") + count("NoCoverage");
    return (
        `${all === 0 ? 100 : ((100 * noticed) / all).toFixed(1)} % noticed; ${count("Killed")} killed, ${count("Timeout")} timed out, ` +
        `${count("Survived")} survived, ${count("NoCoverage")} not covered`
    );
}

/** The part of a text between two positions, which count from 1, as those of Stryker's results do. */
function textBetween(text: string, start: Position, end: Position): string {
    const lines = text.split("\n").slice(start.line - 1, end.line);
    const last = lines.length - 1;
    return lines
        .map((line, index) =>
            line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
        )
        .join("\n");
}

function inOneLine(text: string): string {
    return shortened(text.replaceAll(/\s+/g, " "), 70);
}

function seconds(start: number): number {
    return Math.round((performance.now() - start) / 1000);
}
