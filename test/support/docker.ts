import * as fs from "node:fs";
import * as path from "node:path";
import { before } from "mocha";
import { fakeProgram, withEnvironment } from "../toolchain/support.ts";

/** What the stand-in does when it is called with a command line. */
export interface Answer {
    /** A pattern of the shell's for the whole command line, such as `image ls *`. */
    readonly to: string;
    /** Counts only once a command was run whose line has this in it. */
    readonly after?: string;
    readonly prints?: string;
    /** How long it takes. */
    readonly seconds?: number;
    /** What it says on standard error, and then fails. */
    readonly fails?: string;
}

/** What the engine's API answers to a path, without its version and query. One that none fits is not found. */
export interface EngineAnswer {
    readonly path: string;
    /** As of {@link Answer}. */
    readonly after?: string;
    readonly body: unknown;
}

/** An engine for this architecture, as it tells of itself. */
export function engineFor(architecture: string): EngineAnswer {
    return { path: "/version", body: { ApiVersion: "1.45", Os: "linux", Arch: architecture } };
}

/** An engine without containers, and with the classic image store. */
export const plainEngine: readonly EngineAnswer[] = [
    engineFor("amd64"),
    { path: "/info", body: { DriverStatus: [] } },
    { path: "/containers/json", body: [] },
];

export interface StandIn {
    /** The command lines, in the order in which they were called. */
    readonly calls: () => readonly string[];
    /** What came on the standard input of those that read it. */
    readonly input: () => string;
}

/**
 * Puts a program first on PATH, until the test ends, that is called `docker` and answers from a script. The first
 * answer that fits counts; a command that none fits fails, and says so. Windows runs no such program, and so none of the
 * tests of the `describe` that calls this.
 *
 * @param folder makes a temporary folder with files in it.
 */
export function standInDocker(
    folder: (files: Readonly<Record<string, string>>) => string,
): (answers: readonly Answer[], engine?: readonly EngineAnswer[]) => StandIn {
    const setEnvironment = withEnvironment();
    before(function () {
        if (process.platform === "win32") this.skip();
    });
    return (answers, engine = []) => {
        const texts: Record<string, string> = {
            calls: "",
            input: "",
            "engine.json": JSON.stringify(engine),
            "engine.mjs": engineProgram,
        };
        answers.forEach(({ prints = "", fails = "" }, index) => {
            texts[`prints${index}`] = prints;
            texts[`fails${index}`] = fails;
        });
        const home = folder(texts);
        const bin = path.join(home, "bin");
        fs.mkdirSync(bin);
        const cases = answers.flatMap(({ to, after, seconds = 0, fails }, index) => [
            `if fits ${quoted(after ?? "")}; then case "$*" in ${to.replaceAll(/[^\w*?-]/g, String.raw`\$&`)})`,
            `${seconds === 0 ? "" : `sleep ${seconds}; `}cat prints${index}; cat fails${index} >&2; exit ${fails === undefined ? 0 : 1} ;; esac; fi`,
        ]);
        fakeProgram(
            bin,
            "docker",
            [
                `cd ${quoted(home)}`,
                `case "$*" in "system dial-stdio") exec ${quoted(process.execPath)} engine.mjs ;; esac`,
                // Those without a file to read may have a terminal there, on which reading would wait.
                `case "$*" in *"--file -"*|*--password-stdin) cat >>input ;; esac`,
                `fits() { grep -qF -e "$1" calls || [ -z "$1" ]; }`,
                // With what was called before, not with this one.
                `answer() { ${["", ...cases].join("\n")}\necho "unexpected: docker $*" >&2; exit 64\n}`,
                `( answer "$@" ); code=$?`,
                `printf '%s\\n' "$*" >>calls; exit $code`,
            ].join("\n"),
        );
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const read = (name: string): string => fs.readFileSync(path.join(home, name), "utf8");
        return {
            calls: () =>
                read("calls")
                    .split("\n")
                    .filter((line) => line !== ""),
            input: () => read("input"),
        };
    };
}

/** Speaks HTTP on its standard input and output. */
const engineProgram = `
import * as fs from "node:fs";
import * as http from "node:http";
import { Duplex } from "node:stream";
const answers = JSON.parse(fs.readFileSync("engine.json", "utf8"));
const server = http.createServer(({ url }, response) => {
    const calls = fs.readFileSync("calls", "utf8");
    const asked = url.replace(/^\\/v[\\d.]+|\\?.*/g, "");
    const fitting = answers.find(({ path, after = "" }) => path === asked && calls.includes(after));
    response.writeHead(fitting ? 200 : 404).end(JSON.stringify(fitting?.body ?? { message: "not found" }));
});
server.emit("connection", Duplex.from({ readable: process.stdin, writable: process.stdout }));
`;

function quoted(text: string): string {
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
