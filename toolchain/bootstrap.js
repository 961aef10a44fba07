// What runs on any Node from 18 up: it finds or installs the one that reads TypeScript. So it is JavaScript itself, and
// needs no npm package.

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as module from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { isAtLeast, MINIMUM_NODE } from "../components/versions.js";
import { cacheDirectory, cached } from "./cacheFolders.js";

const DAY = 24 * 60 * 60 * 1000;

/**
 * Runs a command under a Node that strips types by itself: this one, or else the one that is installed for it.
 *
 * @param {() => Promise<{ main: (args: string[]) => Promise<number> }>} load
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function run(load, args) {
    if (isAtLeast(process.versions.node, MINIMUM_NODE)) {
        // Types are stripped once.
        module.enableCompileCache(join(cacheDirectory(), "node-compile"));
        const { exitCodeOf } = await import("./failures.ts");
        return exitCodeOf(async () => (await load()).main(args));
    }
    try {
        const node = installedNode();
        // The terminal sends an interrupt to both; the command decides what it means.
        process.on("SIGINT", () => undefined);
        const { error, status } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
        if (error)
            throw new Error(`${node} can't be started (${error.message}): remove its folder in the cache`);
        return status ?? 1;
    } catch (error) {
        console.error(`\n${messageOf(error)}`);
        return 1;
    }
}

/**
 * The Node in the cache. Its folder appears under its name only once it is complete, so what an earlier set-up left half
 * done is never used, and of two set-ups at the same time either one's result is the whole one.
 *
 * @returns {string} the program
 */
function installedNode() {
    const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
    const locked = lockedPackage(name);
    if (!locked) {
        throw new Error(
            `this needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}: install Node 24 from https://nodejs.org`,
        );
    }
    const folder = cached(`node-${locked.version}`);
    const partial = `${folder}.partial-${process.pid}-${Date.now()}`;
    if (!fs.existsSync(folder)) {
        try {
            makeProject(partial, name, locked);
            console.log(`Installing Node ${locked.version}, as this is ${process.versions.node}`);
            install(partial);
            fs.renameSync(partial, folder);
        } catch (error) {
            if (fs.existsSync(partial)) fs.rmSync(partial, { recursive: true });
            if (!fs.existsSync(folder)) throw error;
        }
    }
    return join(folder, "node_modules", name, "bin", "node");
}

/**
 * @typedef {{ version: string, integrity: string }} Locked
 *
 * @param {string} name
 * @returns {Locked | undefined} none where Node is not published for this platform
 */
function lockedPackage(name) {
    const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
    // The packages are linked with glibc, which musl is not.
    if (process.platform === "linux" && report.header.glibcVersionRuntime === undefined) return undefined;
    const lockfile = new URL("node/package-lock.json", import.meta.url);
    /** @type {unknown} */
    const parsed = JSON.parse(fs.readFileSync(lockfile, "utf8"));
    return /** @type {{ packages: Record<string, Locked> }} */ (parsed).packages[`node_modules/${name}`];
}

/**
 * One that needs this platform's package: as the optional one that it is in ours, npm would pass over its failure.
 *
 * @param {string} folder
 * @param {string} name
 * @param {Locked} locked
 */
function makeProject(folder, name, { version, integrity }) {
    const dependencies = { [name]: version };
    const packages = { "": { dependencies }, [`node_modules/${name}`]: { version, integrity } };
    const lock = { lockfileVersion: 3, requires: true, packages };
    try {
        fs.mkdirSync(folder, { recursive: true });
        removeLeftovers();
        fs.writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies }));
        fs.writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
    } catch (error) {
        throw new Error(unwritable(error));
    }
}

/** What killed set-ups of anything have left in the cache. A younger one may be at work. */
export function removeLeftovers() {
    for (const name of fs.readdirSync(cacheDirectory()).filter((name) => name.includes(".partial-"))) {
        const path = join(cacheDirectory(), name);
        const changed = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
        if (Date.now() - changed <= DAY) continue;
        try {
            fs.rmSync(path, { recursive: true, force: true });
        } catch {
            // Somebody else's, or mounted: it is in nobody's way.
        }
    }
}

/** @param {string} folder */
function install(folder) {
    const { status, stderr } = spawnSync(process.execPath, [...npmCommand(), "ci", "--prefix", folder], {
        cwd: folder,
        encoding: "utf8",
    });
    // Of a file that it cannot write, as on a full disk, npm only warns.
    if (status === 0 && !stderr.includes("TAR_ENTRY_ERROR")) return;
    const said = new Set(stderr.trim().split("\n"));
    const matters = [...said].filter((line) => !/^npm warn (?!.*TAR_ENTRY_ERROR)/.test(line));
    throw new Error(
        [
            "installing Node failed: put right what npm says, which may be the network, a proxy or a full disk, then run the same command again",
            ...matters.slice(0, 4),
        ].join("\n    "),
    );
}

/**
 * What `node` is given to be npm. The packages that are Node carry none, so it is that of the Node this was started with.
 *
 * @returns {string[]}
 */
export function npmCommand() {
    const onPath = (process.env["PATH"] ?? "")
        .split(delimiter)
        .map((folder) => join(folder, "npm"))
        .find((file) => fs.existsSync(file));
    const beside = dirname(process.execPath);
    const program = [
        process.env["npm_execpath"] ?? "",
        ...(onPath ? [fs.realpathSync(onPath)] : []),
        join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
        join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
    ].find((file) => basename(file) === "npm-cli.js" && fs.existsSync(file));
    if (!program) throw new Error("npm is not installed: install it with Node, from https://nodejs.org");
    // By default npm tries a network that does not answer for more than a minute.
    const patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
    return [program, "--loglevel=warn", ...patience];
}

/**
 * What is said where the cache can't be written.
 *
 * @param {unknown} error
 */
export function unwritable(error) {
    return `${cacheDirectory()} cannot be written: set XDG_CACHE_HOME to a folder that can (${messageOf(error)})`;
}

/** @param {unknown} error */
function messageOf(error) {
    return error instanceof Error ? error.message : String(error);
}
