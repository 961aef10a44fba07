import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, appendFileSync, constants, mkdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheDirectory } from "./cacheFolders.js";
import { describeFailure, Stopped } from "./failures.ts";
import { Problem } from "../components/problem.ts";

interface Options {
    readonly cwd?: string;
    /** Added to this process's environment. */
    readonly env?: Readonly<Record<string, string>>;
    /** Written to the program's standard input, which is empty otherwise. */
    readonly input?: string;
    /** Ends the program. */
    readonly signal?: AbortSignal | undefined;
    /** Hears standard output and standard error as they come. */
    readonly onOutput?: (text: string) => void;
}

interface Result {
    /** 127 when there is no such program, as in a shell. */
    readonly code: number;
    readonly stdout: string;
    /** Standard output and standard error, as they came. */
    readonly output: string;
}

/** Of a program's name. */
export const EXE = process.platform === "win32" ? ".exe" : "";

/** Runs a program to its end, whatever that is. */
export async function run(
    program: string,
    args: readonly string[],
    { cwd, env, input = "", signal, onOutput }: Options = {},
): Promise<Result> {
    signal?.throwIfAborted();
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    let stdout = "";
    let output = "";
    const hear = (text: string) => {
        output += text;
        onOutput?.(text);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        hear(text);
    });
    child.stderr.setEncoding("utf8").on("data", hear);
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const stop = () => child.kill();
    signal?.addEventListener("abort", stop, { once: true });
    const code = await codeOf(child, hear);
    signal?.removeEventListener("abort", stop);
    return { code, stdout, output };
}

/** @param say is told why the program can't be started */
function codeOf(child: ChildProcess, say: (text: string) => void): Promise<number> {
    return new Promise((resolve) => {
        child.on("error", ({ message }) => {
            say(message);
        });
        child.on("close", (code) => {
            // Below 0 it says why there was nothing to end.
            resolve(code === null ? 1 : code < 0 ? 127 : code);
        });
    });
}

/**
 * Runs a program that has to succeed. Where it fails, all it said is kept in a log, and the end of it is shown.
 *
 * @param what the work in the user's words, such as "building the Pulumi CLI"
 */
export async function must(
    what: string,
    program: string,
    args: readonly string[],
    options: Options = {},
): Promise<Result> {
    const result = await run(program, args, options);
    if (result.code === 0) return result;
    if (options.signal?.aborted) throw new Stopped();
    const log = keep(what, [program, ...args].join(" "), result.output);
    throw new Problem(describeFailure(what, result.output, log));
}

/** @returns the log's path; none where it cannot be written, as on a full disk */
function keep(what: string, commandLine: string, output: string): string | undefined {
    const folder = join(cacheDirectory(), "logs");
    const log = join(folder, `${what.replaceAll(/[^\w.-]+/g, "-")}.log`);
    try {
        mkdirSync(folder, { recursive: true });
        appendFileSync(log, `$ ${commandLine}\n${output}\n`);
        return log;
    } catch {
        return undefined;
    }
}

/**
 * Runs a program that talks to the user itself.
 *
 * @returns its exit code
 */
export async function hand(
    program: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
    // The terminal sends an interrupt to both; the program decides what it means, and this process waits for it.
    const ignore = () => undefined;
    process.on("SIGINT", ignore);
    const code = await codeOf(spawn(program, args, { ...options, stdio: "inherit" }), console.error);
    process.off("SIGINT", ignore);
    return code;
}

/**
 * The full path of a program.
 *
 * @param path folders to look in, in the form of PATH
 */
export function which(program: string, path = process.env["PATH"] ?? ""): string | undefined {
    const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
    return path
        .split(delimiter)
        .flatMap((folder) => names.map((name) => join(folder, name)))
        .find(isProgram);
}

function isProgram(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
    } catch {
        return false;
    }
}
