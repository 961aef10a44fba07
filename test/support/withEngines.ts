// `node test/support/withEngines.ts [--engine <dockerd or DOCKER_HOST>] <program> [arguments]` runs a program, such as mocha,
// with a second Docker engine beside the machine's own. It ends the engine afterwards, and what a killed run has left.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { BUILDX, COMPOSE, isOurs, programIn } from "../../toolchain/parts/cliPlugins.ts";
import { findDaemon } from "../../toolchain/parts/docker.ts";
import { whyNoSecondEngine } from "../../toolchain/parts/secondEngine.ts";
import { exitCodeOf } from "../../toolchain/failures.ts";
import { Problem } from "../../components/problem.ts";
import { type Engine, TITLES, VARIABLE } from "./engines.ts";
import { endLeftovers, loadImages, SecondEngine } from "./secondEngine.ts";

process.exitCode = await exitCodeOf(() => main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
    const given = args[0] === "--engine" ? args[1] : undefined;
    const command = given === undefined ? args : args.slice(2);
    const interrupted = new AbortController();
    let child: ReturnType<typeof spawn> | undefined;
    // A terminal sends its interrupt to the program as well.
    process.on("SIGINT", () => {
        interrupted.abort(new Problem("interrupted"));
    });
    for (const name of ["SIGTERM", "SIGHUP"] as const) {
        process.on(name, () => {
            interrupted.abort(new Problem("interrupted"));
            child?.kill(name);
        });
    }

    if (whyNoSecondEngine() === undefined) await endLeftovers();
    const own = await machine();
    const { engine, end } = await second(own, given, interrupted.signal);
    try {
        const engines = [own, ...(engine === undefined ? [] : [engine])];
        interrupted.signal.throwIfAborted();
        const [program = "", ...rest] = command;
        const env = { ...process.env, [VARIABLE]: JSON.stringify(engines) };
        return await new Promise((resolve, reject) => {
            child = spawn(program, rest, { stdio: "inherit", env })
                .once("error", reject)
                .once("close", (code) => {
                    resolve(code ?? 1);
                });
        });
    } finally {
        await end();
    }
}

/** The engine beside the machine's own; none where it can't be had, which the set-up has announced. */
async function second(
    own: Engine,
    given: string | undefined,
    signal: AbortSignal,
): Promise<{ engine?: Engine; end: () => Promise<void> }> {
    const [compose, buildx] = [programIn(COMPOSE), programIn(BUILDX)];
    const cached = [compose, buildx].every((file) => fs.existsSync(file));
    const current = { compose, buildx, composeVersion: COMPOSE.version };
    if (given?.includes("://") === true) {
        await loadImages(given, signal);
        const engine = { ...own, title: TITLES.given, host: given, ...(cached ? { plugins: current } : {}) };
        return { engine, end: () => Promise.resolve() };
    }
    const dockerd = given === undefined ? findDaemon() : path.resolve(given);
    const reason = cached
        ? whyNoSecondEngine()
        : `${COMPOSE.title} ${COMPOSE.version} or ${BUILDX.title} ${BUILDX.version} is not in the cache`;
    if (reason !== undefined || dockerd === undefined) {
        if (given !== undefined) throw new Problem(`${given} can't be started: ${reason ?? ""}`);
        return { end: () => Promise.resolve() };
    }
    const started = await SecondEngine.start(dockerd, signal);
    const title = given === undefined ? TITLES.current : TITLES.given;
    return { engine: { title, host: started.host, plugins: current }, end: () => started.end() };
}

/** The machine's own, with its own plugins also where `npm start` has put newer ones before them. */
async function machine(): Promise<Engine> {
    const { stdout } = await execa("docker", ["info", "--format", "{{json .ClientInfo.Plugins}}"]);
    const found = JSON.parse(stdout) as { Name: string; Path: string; ShadowedPaths?: string[] }[];
    const programOf = (name: string): string => {
        const plugin = found.find(({ Name }) => Name === name);
        if (plugin === undefined) throw new Problem(`Docker has no ${name}: run \`npm start\``);
        return (isOurs(plugin.Path) ? plugin.ShadowedPaths?.[0] : undefined) ?? plugin.Path;
    };
    const compose = programOf("compose");
    const { stdout: composeVersion } = await execa(compose, ["version", "--short"]);
    return { title: TITLES.machine, plugins: { compose, buildx: programOf("buildx"), composeVersion } };
}
