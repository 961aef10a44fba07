import * as fs from "node:fs";
import * as path from "node:path";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";

/** A foundation that is told by its label. */
export const dockerfile = (variant: string): string =>
    `FROM scratch\nARG FOUNDATION_TAG\nCOPY content /\nLABEL variant=${variant}\n`;

/** The user's own files, which nothing may touch. */
export class Repository {
    readonly sandbox: Sandbox;
    /** The root under a name that a Compose project may have. */
    readonly root = "../project";
    readonly #files: Readonly<Record<string, string>>;

    static async create(
        files: Readonly<Record<string, string>>,
        config: Readonly<Record<string, string>>,
        options: SandboxOptions = {},
    ): Promise<Repository> {
        const sandbox = await Sandbox.create(options);
        for (const folder of ["foundation", "apps"]) {
            fs.rmSync(sandbox.path(folder), { recursive: true });
            fs.mkdirSync(sandbox.path(folder));
        }
        for (const [file, text] of Object.entries(files)) sandbox.write(file, text);
        for (const [key, value] of Object.entries(config)) {
            const args = ["config", "set", "--stack", sandbox.stack, "--path", `foundation:${key}`, value];
            await sandbox.pulumi(args);
        }
        return new Repository(sandbox, files);
    }

    private constructor(sandbox: Sandbox, files: Readonly<Record<string, string>>) {
        this.sandbox = sandbox;
        this.#files = files;
    }

    /** What is there of the user's, with the files of `.env` as far as they are theirs. */
    theirs(): Record<string, string> {
        return Object.fromEntries(
            Object.keys(this.#files).map((file) => [file, withoutBlock(this.sandbox.read(file))]),
        );
    }

    /** What is in the repository's folders besides. */
    emitted(...folders: readonly string[]): string[] {
        return folders.flatMap((folder) =>
            fs
                .readdirSync(this.sandbox.path(folder), { withFileTypes: true })
                .filter((entry) => entry.isFile())
                .map(({ name }) => path.posix.join(folder, name))
                .filter((file) => !(file in this.#files) && /compose|\.env|lock/.test(file))
                .sort(),
        );
    }

    /** Builds the services of a folder, and says what each is built on. */
    async builtOn(folder: string, ...services: readonly string[]): Promise<string[]> {
        await this.sandbox.compose(folder, "build");
        const found: string[] = [];
        for (const service of services) {
            const label = ["--format", '{{index .Config.Labels "variant"}}'];
            found.push(
                await this.sandbox.docker(
                    "image",
                    "inspect",
                    ...label,
                    `${this.sandbox.stack}-${path.basename(folder)}-${service}`,
                ),
            );
        }
        return found;
    }

    /** Runs something while the foundation is the developer's own. */
    async withOverride(work: () => Promise<void>): Promise<void> {
        const before = this.sandbox.read("foundation/Dockerfile");
        try {
            this.sandbox.write("foundation/Dockerfile", dockerfile("mine"));
            await this.sandbox.compose("foundation", "build");
            await work();
        } finally {
            this.sandbox.write("foundation/Dockerfile", before);
            await this.sandbox.compose("foundation", "pull", "--ignore-buildable");
            await this.sandbox.compose("foundation", "pull");
        }
    }
}

function withoutBlock(text: string): string {
    return text.replace(/^# >>> foundation[^]*# <<< foundation <<<\n/m, "");
}
