import { createHash } from "node:crypto";
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cached, cacheDirectory } from "../cacheFolders.js";
import { fill } from "../cache.ts";
import { EXE, run } from "../command.ts";
import { get } from "../network.ts";
import { buildCliPlugin } from "../offline/cliPlugins.ts";
import { Problem } from "../../components/problem.ts";
import {
    isAtLeast,
    MINIMUM_BUILDX,
    MINIMUM_BUILDX_WITH_SERVICES,
    MINIMUM_COMPOSE,
    MINIMUM_COMPOSE_WITH_SERVICES,
} from "../../components/versions.js";
import type { Step } from "../report.ts";

const os = process.platform === "win32" ? "windows" : process.platform;
const arm = process.arch === "arm64";

const LINK = "https://docs.docker.com/engine/install";

/** A plugin of Docker's command line, in the version that takes the place of one that is too old. */
interface CliPlugin {
    readonly name: "compose" | "buildx";
    readonly title: string;
    readonly version: string;
    readonly program: string;
    /** With which `docker` tells the machine's version. */
    readonly ask: readonly string[];
    /** An older one is of no use. */
    readonly minimum: string;
    /** An older one does not do with the default of `foundation:contexts`. */
    readonly wanted: string;
    /** Where the programs are published. */
    readonly release: string;
    /** The one for this platform. */
    readonly asset: string;
    /** Its SHA-256, if that is known. */
    readonly checksum?: string | undefined;
}

/** Of the programs of which it is known. Of buildx 0.38.2 it is not. */
const CHECKSUMS: Record<string, string> = {
    "docker-compose-linux-x64": "40343e21ca777173e69cff5dbafeb37c6f81f3b0d57d9e597f036e95eb63e76a",
    "docker-compose-linux-arm64": "733ec76717ceb59052a9609b9dadfb523b2df8eab57a54212872d10a58078ea2",
    "docker-compose-darwin-arm64": "bd714a42b46e51757fc1121085b3096b9064e3f80d3ca5a991e33f44df4f43c9",
};

export const COMPOSE: CliPlugin = {
    name: "compose",
    title: "Docker Compose",
    version: "5.6.0",
    program: `docker-compose${EXE}`,
    ask: ["compose", "version", "--short"],
    minimum: MINIMUM_COMPOSE,
    wanted: MINIMUM_COMPOSE_WITH_SERVICES,
    release: "https://github.com/docker/compose/releases/download/v5.6.0",
    asset: `docker-compose-${os}-${arm ? "aarch64" : "x86_64"}${EXE}`,
    checksum: CHECKSUMS[`docker-compose-${process.platform}-${process.arch}`],
};

export const BUILDX: CliPlugin = {
    name: "buildx",
    title: "Docker buildx",
    version: "0.38.2",
    program: `docker-buildx${EXE}`,
    ask: ["buildx", "version"],
    minimum: MINIMUM_BUILDX,
    wanted: MINIMUM_BUILDX_WITH_SERVICES,
    release: "https://github.com/docker/buildx/releases/download/v0.38.2",
    asset: `buildx-v0.38.2.${os}-${arm ? "arm64" : "amd64"}${EXE}`,
};

/**
 * Puts a Compose and a buildx that are new enough among the user's own plugins, which Docker prefers, where the
 * machine's are too old. Those stay as they are.
 *
 * @returns what was put there
 */
export async function provideCliPlugins(step: Step): Promise<string[]> {
    const found = await Promise.all([look(COMPOSE), look(BUILDX)]);
    const lacking = found.filter(({ plugin, version }) => !isAtLeast(version, plugin.wanted));
    if (lacking.length === 0) return [];
    const lacks = lacking
        .map(({ plugin: { title, wanted }, version }) =>
            version ? `${title} ${version} is older than ${wanted}` : `${title} is missing`,
        )
        .join(" and ");
    if (process.env["FOUNDATION_NO_INSTALL"]) {
        if (lacking.some(({ plugin, version }) => !isAtLeast(version, plugin.minimum))) {
            throw new Problem(
                `${lacks}, and FOUNDATION_NO_INSTALL forbids a newer one: install it, see ${LINK}`,
            );
        }
        step.announce(
            `${lacks}, and FOUNDATION_NO_INSTALL forbids a newer one: apps that begin with \`FROM foundation\` can't be` +
                " built here, unless you run `pulumi config set foundation:contexts image`",
        );
        return [];
    }

    const folder = userPlugins();
    const files = lacking.map(({ plugin }) => join(folder, plugin.program));
    const foreign = files.filter((file) => linkStatus(file) && !isOurs(file));
    if (foreign.length > 0) {
        throw new Problem(
            `${lacks}, and a newer one can't be put at ${foreign.join(" and ")}, which somebody else put there: update or remove that, then run the same command again`,
        );
    }
    const titles = lacking.map(({ plugin }) => `${plugin.title} ${plugin.version}`);
    step.announce(
        `${lacks}: putting ${titles.join(" and ")} among your own plugins (undo it with \`rm ${files.join(" ")}\`)`,
    );
    await mkdir(folder, { recursive: true });
    for (const { plugin } of lacking) {
        const { program } = await provideCliPlugin(plugin, step);
        await put(program, join(folder, plugin.program));
    }
    return titles;
}

/** The program in the cache. */
export async function provideCliPlugin(
    plugin: CliPlugin,
    step: Step,
): Promise<{ program: string; how: string }> {
    const program = programIn(plugin);
    if (existsSync(program)) return { program, how: "from the cache" };
    let how = "";
    await fill(folderOf(plugin), async (partial) => {
        const file = join(partial, plugin.program);
        step.doing(`downloading ${plugin.title} ${plugin.version}`);
        if (await download(plugin, file, step.signal)) {
            how = "from github.com";
        } else {
            step.doing(`building ${plugin.title} ${plugin.version} from Go modules`);
            await buildCliPlugin(plugin.name, file, step);
            how = "built from Go modules";
        }
    });
    return { program, how };
}

function folderOf({ name, version }: CliPlugin) {
    return `docker-${name}-${version}`;
}

/** Where the cache has its program, if it does. */
export function programIn(plugin: CliPlugin): string {
    return join(cached(folderOf(plugin)), plugin.program);
}

/** Where Docker looks for the user's own plugins. */
export function userPlugins(): string {
    return join(process.env["DOCKER_CONFIG"] || join(homedir(), ".docker"), "cli-plugins");
}

/** Ours are links into the cache. Where that is removed, Docker passes over the link and takes the machine's plugin again. */
export function isOurs(file: string): boolean {
    return (
        linkStatus(file)?.isSymbolicLink() === true &&
        dirname(dirname(readlinkSync(file))) === cacheDirectory()
    );
}

function linkStatus(file: string) {
    return lstatSync(file, { throwIfNoEntry: false });
}

/** The plugin, and its version that is here; an empty one where there is none. */
async function look(plugin: CliPlugin) {
    const { code, stdout } = await run("docker", plugin.ask);
    return { plugin, version: (code === 0 && /\d+\.\d+[\w.+-]*/.exec(stdout)?.[0]) || "" };
}

async function put(program: string, file: string) {
    await rm(file, { force: true });
    // On Windows a link takes a right that most users don't have.
    await (process.platform === "win32" ? copyFile(program, file) : symlink(program, file));
}

/** @returns false where GitHub does not answer */
async function download(
    { title, release, asset, checksum }: CliPlugin,
    file: string,
    signal: AbortSignal,
): Promise<boolean> {
    const program = await get(`${release}/${asset}`, signal);
    if (!program) return false;
    const found = createHash("sha256").update(program).digest("hex");
    const expected = checksum ?? (await publishedChecksum(release, asset, signal));
    if (found !== expected) {
        throw new Problem(
            `${release}/${asset} is not the program that ${title} was published as (its SHA-256 is ${found}): run the same command again`,
        );
    }
    await writeFile(file, program, { mode: 0o755 });
    return true;
}

/** From the list beside the programs: it finds a download that was cut short, but not a release that was changed. */
async function publishedChecksum(
    release: string,
    asset: string,
    signal: AbortSignal,
): Promise<string | undefined> {
    const list = (await get(`${release}/checksums.txt`, signal))?.toString() ?? "";
    const lines = list.split("\n").map((line) => line.split(/\s+\*?/));
    return lines.find(([, name]) => name === asset)?.[0];
}
