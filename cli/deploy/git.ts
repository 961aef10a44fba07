import { execa } from "execa";
import { Problem } from "../../components/problem.ts";

/** Git in a checkout, with an index of its own so that the checkout's stays as it is. */
export class Git {
    readonly #root: string;
    readonly #index: string;

    constructor(root: string, index: string) {
        this.#root = root;
        this.#index = index;
    }

    /** What a git command prints. */
    async run(...args: string[]): Promise<string> {
        return this.input("", ...args);
    }

    /** What a git command prints that reads its standard input. */
    async input(input: string, ...args: string[]): Promise<string> {
        const { stdout } = await this.#expect([0], input, args);
        return stdout;
    }

    /** What a git command with `-z` lists. */
    async list(...args: string[]): Promise<string[]> {
        return entries(await this.run(...args));
    }

    /** Those of the files that git would not take. */
    async ignored(files: readonly string[]): Promise<string[]> {
        // Exit code 1 says that there is none.
        const { stdout } = await this.#expect([0, 1], files.join("\0"), ["check-ignore", "-z", "--stdin"]);
        return entries(stdout);
    }

    async #expect(codes: readonly number[], input: string, args: readonly string[]) {
        const {
            stdout,
            stderr,
            exitCode = 127,
        } = await execa("git", args, {
            cwd: this.#root,
            env: { GIT_INDEX_FILE: this.#index, GIT_TERMINAL_PROMPT: "0" },
            input,
            reject: false,
        });
        if (!codes.includes(exitCode))
            throw new Problem({ wrong: `git ${args[0] ?? ""} failed: ${stderr.trim()}` });
        return { stdout };
    }
}

function entries(listing: string): string[] {
    return listing.split("\0").filter((entry) => entry !== "");
}
