import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { isAtLeast } from "../../../../components/versions.js";
import { fill } from "../../../../toolchain/cache.ts";
import { remembered } from "../../../support/remembered.ts";

/** A build. `contexts` are names to image references, as in `--build-context`. */
export interface Question {
    readonly dockerfile: string;
    readonly architecture: string;
    readonly target?: string | undefined;
    readonly args?: Readonly<Record<string, string>>;
    readonly contexts?: Readonly<Record<string, string>>;
}

/** Why the build would fail, the Dockerfile's instructions, and the images that BuildKit asks for, in familiar form. */
export interface Answer {
    readonly error?: string;
    readonly unparsable?: string;
    readonly instructions: readonly { readonly line: number; readonly keyword: string }[];
    readonly images: readonly string[];
}

export interface Judge {
    ask(question: Question): Promise<Answer>;
    close(): void;
}

/** BuildKit's own reader; undefined where there is no Go to build it with. */
export async function startJudge(): Promise<Judge | undefined> {
    const program = await buildJudge();
    if (program === undefined) return undefined;
    const judge = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    const answers = readline.createInterface({ input: judge.stdout })[Symbol.asyncIterator]();
    return {
        ask: (question) =>
            remembered(question, async () => {
                judge.stdin.write(`${JSON.stringify(question)}\n`);
                const { value } = (await answers.next()) as { value?: string };
                if (value === undefined) throw new Error(`the judge gave up on ${JSON.stringify(question)}`);
                return JSON.parse(value) as Answer;
            }),
        close() {
            judge.stdin.end();
        },
    };
}

async function buildJudge(): Promise<string | undefined> {
    const source = path.dirname(fileURLToPath(import.meta.url));
    const [main, goMod, goSum] = ["main.go", "go.mod", "go.sum"].map((file) =>
        fs.readFileSync(path.join(source, file), "utf8"),
    );
    if (!(await canBuild(/^go (\S+)$/m.exec(goMod ?? "")?.[1] ?? ""))) return undefined;
    const fingerprint = createHash("sha256").update(`${main}${goMod}${goSum}`).digest("hex").slice(0, 8);
    const folder = await fill(`dockerfile-judge-${fingerprint}`, async (output) => {
        await execa("go", ["build", "-ldflags", "-s -w", "-o", path.join(output, "judge"), "."], {
            cwd: source,
            env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" },
        });
    });
    return path.join(folder, "judge");
}

/** An older Go than the module wants fetches that by itself, unless it is told not to. */
async function canBuild(wanted: string): Promise<boolean> {
    const found = await execa("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { reject: false });
    const [version = "", toolchain] = found.exitCode === 0 ? found.stdout.split("\n") : [];
    return isAtLeast(version, wanted) || (isAtLeast(version, "1.21") && toolchain !== "local");
}
