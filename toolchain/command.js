import { spawn } from "node:child_process";
import { accessSync, appendFileSync, constants, mkdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheDirectory } from "./cache.js";
import { Problem, remedyFor, Stopped } from "./problem.js";

/**
 * @typedef {object} Options
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to this process's environment
 * @property {string} [input] written to the program's standard input, which is empty otherwise
 * @property {AbortSignal} [signal] ends the program
 * @property {(text: string) => void} [onOutput] hears standard output and standard error as they come
 */

/**
 * @typedef {object} Result
 * @property {number} code 127 when there is no such program, as in a shell
 * @property {string} stdout
 * @property {string} output standard output and standard error, as they came
 */

/**
 * Runs a program to its end, whatever that is.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function run(program, args, options = {}) {
    options.signal?.throwIfAborted();
    return new Promise((resolve) => {
        const child = spawn(program, args, {
            cwd: options.cwd,
            env: { ...process.env, ...options.env },
            stdio: ["pipe", "pipe", "pipe"],
        });
        let stdout = "";
        let output = "";
        /** @param {string} text */
        const hear = (text) => {
            output += text;
            options.onOutput?.(text);
        };
        child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
            stdout += text;
            hear(text);
        });
        child.stderr.setEncoding("utf8").on("data", hear);
        // A program that ends without reading its input is judged by its exit code.
        child.stdin.on("error", () => undefined);
        child.stdin.end(options.input ?? "");

        const stop = () => child.kill();
        options.signal?.addEventListener("abort", stop, { once: true });
        /** @param {number} code */
        const finish = (code) => {
            options.signal?.removeEventListener("abort", stop);
            resolve({ code, stdout, output });
        };
        child.on("error", (error) => {
            output += error.message;
            finish(127);
        });
        child.on("close", (code) => {
            finish(code ?? 1);
        });
    });
}

/**
 * Runs a program that has to succeed. Where it fails, all it said is kept in a log, and the end of it is shown.
 *
 * @param {string} what the work in the user's words, such as "building the Pulumi CLI"
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function must(what, program, args, options = {}) {
    const result = await run(program, args, options);
    if (result.code === 0) return result;
    if (options.signal?.aborted) throw new Stopped();
    throw new Problem(
        describeFailure(what, result.output, keep(what, [program, ...args].join(" "), result.output)),
    );
}

/**
 * @param {string} what
 * @param {string} output
 * @param {string | undefined} log
 * @returns {string}
 */
export function describeFailure(what, output, log) {
    const remedy = remedyFor(output);
    if (remedy) return `${what} failed: ${remedy}${log ? ` (${log})` : ""}`;
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    return [
        `${what} failed${log ? `; all of it is in ${log}` : ""}`,
        ...lines.slice(-6).map((line) => `    ${line}`),
    ].join("\n");
}

/**
 * @param {string} what
 * @param {string} commandLine
 * @param {string} output
 * @returns {string | undefined} the log's path; none where it cannot be written, as on a full disk
 */
function keep(what, commandLine, output) {
    const log = join(cacheDirectory(), "logs", `${what.replaceAll(/[^\w.-]+/g, "-")}.log`);
    try {
        mkdirSync(join(cacheDirectory(), "logs"), { recursive: true });
        appendFileSync(log, `$ ${commandLine}\n${output}\n`);
        return log;
    } catch {
        return undefined;
    }
}

/**
 * Runs a program that talks to the user itself.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<number>} its exit code
 */
export function hand(program, args, options = {}) {
    return new Promise((resolve) => {
        // The terminal sends an interrupt to both; the program decides what it means, and this process waits for it.
        const ignore = () => undefined;
        process.on("SIGINT", ignore);
        const child = spawn(program, args, { cwd: options.cwd, stdio: "inherit" });
        /** @param {number} code */
        const finish = (code) => {
            process.off("SIGINT", ignore);
            resolve(code);
        };
        child.on("error", (error) => {
            console.error(error.message);
            finish(127);
        });
        child.on("close", (code) => {
            finish(code ?? 1);
        });
    });
}

/**
 * @param {string} program
 * @param {string} [path] folders to look in, in the form of PATH
 * @returns {string | undefined} the program's path
 */
export function which(program, path = process.env["PATH"] ?? "") {
    const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
    for (const folder of path.split(delimiter)) {
        for (const name of names) {
            const file = join(folder, name);
            try {
                accessSync(file, constants.X_OK);
                if (statSync(file).isFile()) return file;
            } catch {
                // Not in this folder.
            }
        }
    }
    return undefined;
}
