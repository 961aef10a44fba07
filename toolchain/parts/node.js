import { existsSync, readFileSync, realpathSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cached, fill } from "../cache.js";
import { must, which } from "../command.js";
import { preferPath, root } from "../environment.js";
import { Problem } from "../problem.js";
import { isAtLeast, MINIMUM_NODE } from "../versions.js";

/** The npm packages that are Node itself; its lockfile holds their checksums. */
const manifest = join(root, "toolchain", "node");

/**
 * A Node that runs TypeScript by itself, first on PATH.
 *
 * @param {import("../report.js").Step} step
 */
export async function provideNode(step) {
    if (isAtLeast(process.versions.node, MINIMUM_NODE)) {
        const onPath = which("node");
        if (!onPath || realpathSync(onPath) !== process.execPath) preferPath(dirname(process.execPath));
        return { title: `Node ${process.versions.node}`, how: "already here" };
    }
    const platform = process.platform === "win32" ? "win" : process.platform;
    const name = `node-${platform}-${process.arch}`;
    const version = pinnedVersion(name);
    const refusal = `this needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}: install Node 24 from https://nodejs.org`;
    if (!version || usesMusl()) throw new Problem(refusal);

    const ready = existsSync(cached(`node-${version}`));
    if (!ready) step.doing(`installing ${version}`);
    const folder = await fill(`node-${version}`, async (partial) => {
        for (const file of ["package.json", "package-lock.json"]) {
            await copyFile(join(manifest, file), join(partial, file));
        }
        await npm("installing Node", ["ci", "--prefix", partial], { cwd: partial, signal: step.signal });
    });
    preferPath(join(folder, "node_modules", name, "bin"));
    return { title: `Node ${version}`, how: ready ? "from the cache" : "npm package" };
}

/**
 * npm under the Node that is first on PATH.
 *
 * @param {string} what
 * @param {readonly string[]} args
 * @param {{ cwd: string, signal: AbortSignal }} options
 */
export async function npm(what, args, options) {
    await must(what, "node", [npmProgram(), ...args], options);
}

/** The packages that are Node carry no npm, so it is the one of the Node that this was started with. */
function npmProgram() {
    const started = process.env["npm_execpath"];
    const onPath = which("npm");
    const beside = dirname(process.execPath);
    const program = [
        ...(started && basename(started) === "npm-cli.js" ? [started] : []),
        ...(onPath ? [realpathSync(onPath)] : []),
        join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
        join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
    ].find((file) => basename(file) === "npm-cli.js" && existsSync(file));
    if (!program) throw new Problem("npm is not installed: install it with Node, from https://nodejs.org");
    return program;
}

/**
 * @param {string} name
 * @returns {string | undefined} none where Node is not published for this platform
 */
function pinnedVersion(name) {
    /** @type {unknown} */
    const parsed = JSON.parse(readFileSync(join(manifest, "package.json"), "utf8"));
    const { optionalDependencies } = /** @type {{ optionalDependencies: Record<string, string> }} */ (parsed);
    return optionalDependencies[name];
}

/** The packages are linked with glibc. */
function usesMusl() {
    const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
    return process.platform === "linux" && report.header.glibcVersionRuntime === undefined;
}
