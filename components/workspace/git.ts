import { execFile } from "node:child_process";
import { Problem } from "../problem.ts";

/** Git in a folder. What it prints is given without its last line break, and a failure is a Problem. */
export class Git {
    readonly #root: string;
    readonly #env: Readonly<Record<string, string>>;
    readonly #seconds: number;

    /**
     * @param root the folder.
     * @param options `env` has variables besides those of this process, and `seconds` is how long a command may take; by
     * default that is as long as it needs.
     */
    constructor(
        root: string,
        {
            env = {},
            seconds = 0,
        }: { readonly env?: Readonly<Record<string, string>>; readonly seconds?: number } = {},
    ) {
        this.#root = root;
        this.#env = env;
        this.#seconds = seconds;
    }

    /** What a git command prints. */
    run(...args: string[]): Promise<string> {
        return this.input("", ...args);
    }

    /** What a git command prints that reads its standard input. */
    input(input: string, ...args: string[]): Promise<string> {
        return this.#answer([0], input, args);
    }

    /** What a git command with `-z` lists. */
    async list(...args: string[]): Promise<string[]> {
        return entries(await this.run(...args));
    }

    /** Those of the files that git would not take. */
    async ignored(files: readonly string[]): Promise<string[]> {
        // Exit code 1 says that there is none.
        return entries(await this.#answer([0, 1], files.join("\0"), ["check-ignore", "-z", "--stdin"]));
    }

    /** Where the folder is in its repository, with a `/` at the end; undefined where there is no Git or no repository. */
    prefix(): Promise<string | undefined> {
        // What it says in English; but for hooks and helpers, which other commands may run, the language is the user's.
        const english = new Git(this.#root, { env: { ...this.#env, LC_ALL: "C" }, seconds: this.#seconds });
        return english.run("rev-parse", "--show-prefix").catch((error: unknown) => {
            if (error instanceof Problem && /not a git repository|ENOENT/.test(error.message))
                return undefined;
            throw error;
        });
    }

    #answer(codes: readonly unknown[], input: string, args: readonly string[]): Promise<string> {
        return new Promise((resolve, reject) => {
            const child = execFile(
                "git",
                args,
                {
                    ...{ cwd: this.#root, env: { ...process.env, ...this.#env }, maxBuffer: Infinity },
                    ...{ timeout: this.#seconds * 1000, windowsHide: true },
                },
                (error, stdout, stderr) => {
                    const command = `git ${args[0] ?? ""}`;
                    if (error === null || codes.includes(error.code)) resolve(stdout.replace(/\n$/, ""));
                    else if (error.killed === true)
                        reject(new Problem(`${command} took longer than ${this.#seconds} seconds`));
                    else reject(new Problem(`${command} failed: ${stderr.trim() || error.message}`));
                },
            );
            // A command that ends before it has read everything says why by itself.
            child.stdin?.on("error", () => undefined).end(input);
        });
    }
}

function entries(listing: string): string[] {
    return listing.split("\0").filter((entry) => entry !== "");
}
