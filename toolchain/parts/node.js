import { existsSync, readFileSync, realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cached, fill } from "../cache.js";
import { describeFailure, must, which } from "../command.js";
import { preferPath, root } from "../environment.js";
import { Problem } from "../problem.js";
import { isAtLeast, MINIMUM_NODE } from "../../components/versions.js";

/** Of the npm packages that are Node itself, with their checksums. */
const lockfile = join(root, "toolchain", "node", "package-lock.json");

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
    const pinned = lockedNode(name);
    const refusal = `this needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}: install Node 24 from https://nodejs.org`;
    if (!pinned || usesMusl()) throw new Problem(refusal);

    const { version } = pinned;
    const ready = existsSync(cached(`node-${version}`));
    if (!ready) step.doing(`installing ${version}`);
    const folder = await fill(`node-${version}`, async (partial) => {
        for (const [file, content] of Object.entries(manifestOf(name, pinned))) {
            await writeFile(join(partial, file), JSON.stringify(content));
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
    // By default npm tries a network that does not answer for more than a minute.
    const env = { npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "5000" };
    const { output } = await must(what, "node", [npmProgram(), ...args, "--loglevel=warn"], {
        ...options,
        env,
    });
    // Of a file that it cannot write, as on a full disk, npm only warns.
    if (output.includes("TAR_ENTRY_ERROR")) throw new Problem(describeFailure(what, output, undefined));
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
 * @returns {{ version: string, integrity: string } | undefined} none where Node is not published for this platform
 */
function lockedNode(name) {
    /** @type {unknown} */
    const parsed = JSON.parse(readFileSync(lockfile, "utf8"));
    const { packages } = /** @type {{ packages: Record<string, { version: string, integrity: string }> }} */ (
        parsed
    );
    return packages[`node_modules/${name}`];
}

/**
 * A project that needs this platform's package: as the optional one that it is in ours, npm would pass over its failure.
 *
 * @param {string} name
 * @param {{ version: string, integrity: string }} locked
 */
function manifestOf(name, { version, integrity }) {
    const dependencies = { [name]: version };
    const packages = { "": { dependencies }, [`node_modules/${name}`]: { version, integrity } };
    return {
        "package.json": { dependencies },
        "package-lock.json": { lockfileVersion: 3, requires: true, packages },
    };
}

/** The packages are linked with glibc. */
function usesMusl() {
    const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
    return process.platform === "linux" && report.header.glibcVersionRuntime === undefined;
}
