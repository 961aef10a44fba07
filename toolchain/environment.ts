import { existsSync } from "node:fs";
import { link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./cacheFolders.js";
import { Problem } from "../components/problem.ts";

/** The repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Puts a folder in front of the others, for this process and every program it starts. */
export function preferPath(folder: string): void {
    const others = (process.env["PATH"] ?? "").split(delimiter).filter((other) => other !== folder);
    process.env["PATH"] = [folder, ...others].join(delimiter);
}

/** Keeps the calls between Pulumi's own programs, on loopback, away from a proxy. */
export function keepLoopbackDirect(environment: Record<string, string | undefined>): void {
    if (!loopbackProxy(environment)) return;
    const others = environment["no_grpc_proxy"] || environment["no_proxy"];
    environment["no_grpc_proxy"] = [...(others ? [others] : []), "127.0.0.1", "localhost"].join(",");
}

/**
 * The variable with the proxy that gRPC for Node (grpc-js 1.14) would use even to reach Pulumi's engine on loopback, which
 * is `14 UNAVAILABLE`. It reads these names in lower case alone; Go, so Pulumi and Docker, never sends loopback to a proxy.
 */
export function loopbackProxy(environment: Readonly<Record<string, string | undefined>>): string | undefined {
    const direct = environment["no_grpc_proxy"] || environment["no_proxy"];
    // As grpc-js matches them: a network, or what the address ends with.
    const isDirect = direct
        ?.split(",")
        .some((entry) => /^127\.[\d.]+\/\d+$/.test(entry) || "127.0.0.1".endsWith(entry));
    return isDirect
        ? undefined
        : ["grpc_proxy", "https_proxy", "http_proxy"].find((name) => environment[name]);
}

/** What every program started from here gets. What the user has set stays as it is. */
export function setDefaults(): void {
    keepLoopbackDirect(process.env);
    process.env["NODE_COMPILE_CACHE"] ||= join(cacheDirectory(), "node-compile");
    process.env["PULUMI_SKIP_UPDATE_CHECK"] ||= "true";
}

/**
 * Where the CLI or a plugin had to be built, Pulumi's downloads do not work; and the plugins of the other packages in
 * package.json, which it would fetch ahead of use, are not needed for the local registry.
 */
export function expectNoDownloads(): void {
    process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] ||= "true";
}

/**
 * What `npm start` and `foundation start` keep of a project: its state, and the passphrase of its secrets.
 *
 * @param project the folder of its Pulumi.yaml
 */
function homeOf(project: string): string {
    return join(project, ".foundation");
}

/** Whether a stack has been made there. */
export function hasState(project: string): boolean {
    return existsSync(join(homeOf(project), "state"));
}

/** Where the stack's state is, and the key to its secrets: in this clone, unless the user has chosen a backend. */
export async function openState(project: string): Promise<void> {
    if (process.env["PULUMI_BACKEND_URL"]) return;
    const state = join(homeOf(project), "state");
    await mkdir(state, { recursive: true, mode: 0o700 });
    process.env["PULUMI_BACKEND_URL"] = backendUrl(state);
    if (process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return;
    process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ||= await ensurePassphrase(homeOf(project));
}

/**
 * A folder as a backend of Pulumi's. It decodes the path as one of a URL, and takes a drive after two slashes only; so
 * what would mean something else is encoded, and the rest stays as it is.
 *
 * The files of metadata beside each file of the state tell nothing, and are not written in one piece: one that an engine
 * was killed over makes the state unreadable ("failed to load checkpoint: EOF").
 */
export function backendUrl(folder: string): string {
    return `file://${folder.replaceAll("\\", "/").replaceAll(/[%?#]/g, encodeURIComponent)}?metadata=skip`;
}

/** Whether the stack's secrets are encrypted with a passphrase that this clone alone has. */
export function hasOwnPassphrase(project: string): boolean {
    return process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] === join(homeOf(project), "passphrase");
}

/**
 * Makes the passphrase, once. State that exists was encrypted with one that exists: a new one could not read it.
 *
 * @param folder the one that holds the passphrase and the state
 * @returns its file
 */
export async function ensurePassphrase(folder: string): Promise<string> {
    const file = join(folder, "passphrase");
    if (existsSync(file)) return file;
    const stacks = await readdir(join(folder, "state", ".pulumi", "stacks")).catch(() => []);
    if (stacks.length > 0) {
        throw new Problem(
            `${file} is gone, but ${join(folder, "state")} was encrypted with it: put it back, or remove ${folder} and the` +
                " containers it describes (docker compose ls) to start over",
        );
    }
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const fresh = `${file}.${randomBytes(4).toString("hex")}`;
    await writeFile(fresh, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    // A link, unlike a rename, leaves the one that another set-up has made in the meantime.
    await link(fresh, file).catch((error: unknown) => {
        if (!existsSync(file)) throw error;
    });
    await rm(fresh);
    return file;
}
