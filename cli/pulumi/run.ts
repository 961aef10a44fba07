import { execFile, type ExecFileException } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { Problem } from "../../components/problem.ts";
import { cacheDirectory } from "../../toolchain/cacheFolders.js";
import { which } from "../../toolchain/command.ts";
import { hasState, openState, preferPath } from "../../toolchain/environment.ts";

/** Pulumi itself tries for most of this time to reach a backend that is far away. */
const patienceMs = 60_000;

/**
 * What a `pulumi` command prints, run in the project with its own state where `npm start` has made one.
 *
 * @throws Problem with what it said, when it fails.
 */
export async function pulumi(root: string, args: readonly string[]): Promise<string> {
    if (hasState(root)) await openState(root);
    requirePulumi();
    return new Promise((resolve, reject) => {
        execFile(
            "pulumi",
            [...args, "--non-interactive"],
            { cwd: root, maxBuffer: 2 ** 26, timeout: patienceMs, windowsHide: true },
            (error, stdout, stderr) => {
                if (error === null) resolve(stdout);
                else reject(failure(args, stderr, error));
            },
        );
    });
}

/** What a `pulumi` command prints as JSON, which is as Pulumi has it. */
export async function pulumiJson<const Schema extends v.GenericSchema>(
    root: string,
    args: readonly string[],
    schema: Schema,
): Promise<v.InferOutput<Schema>> {
    return v.parse(schema, JSON.parse(await pulumi(root, args)));
}

/**
 * Sees to it that there is a `pulumi` on PATH.
 *
 * @throws Problem where there is none.
 */
export function requirePulumi(): void {
    if (which("pulumi") !== undefined || preferCached()) return;
    throw new Problem({
        wrong: "there is no pulumi command",
        remedy: "install it from https://www.pulumi.com/docs/install/ (here, `npm start` brings one)",
    });
}

/** Puts the CLI that `npm start` has brought on PATH; false when there is none. */
function preferCached(): boolean {
    const home = cacheDirectory();
    const names = fs.existsSync(home) ? fs.readdirSync(home).filter((name) => /^pulumi-\d/.test(name)) : [];
    const bin = names
        .filter((name) => !name.includes(".partial-"))
        .map((name) => path.join(home, name, "bin"))
        .findLast((folder) => fs.existsSync(folder));
    if (bin === undefined) return false;
    preferPath(bin);
    return true;
}

function failure(args: readonly string[], stderr: string, error: ExecFileException): Problem {
    const command = `pulumi ${args.slice(0, 2).join(" ")}`;
    if (error.killed === true) {
        return new Problem({
            wrong: `${command} took more than ${patienceMs / 1000} seconds`,
            remedy: "see whether its backend can be reached",
        });
    }
    // What it does comes first, such as logging in, and only then what went wrong.
    const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("warning:"));
    const said = (lines.find((line) => line.startsWith("error:")) ?? lines[0] ?? "")
        .replace(/^error:\s*/, "")
        .trim();
    if (/no stack selected/i.test(said)) {
        return new Problem({
            wrong: "no stack is selected",
            remedy: "name one with --stack, or select one with `pulumi stack select <name>`",
        });
    }
    if (/no stack named/i.test(said)) {
        return new Problem({
            wrong: `there is ${said.replace(/ found$/, "")}`,
            remedy: "`pulumi stack ls` lists those there are",
        });
    }
    if (/passphrase/i.test(said)) {
        return new Problem({
            wrong: "the stack's secrets can't be read",
            remedy: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
        });
    }
    if (/logged in|PULUMI_ACCESS_TOKEN/i.test(said)) {
        return new Problem({
            wrong: "pulumi is not logged in to a backend",
            remedy: "run `pulumi login`, or `foundation start` for one in this clone",
        });
    }
    return new Problem({
        wrong: `${command} failed (${said || `exit code ${error.code ?? ""}`})`,
        remedy: "see whether it works by itself",
    });
}
