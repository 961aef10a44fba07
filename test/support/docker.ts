import * as fs from "node:fs";
import * as path from "node:path";
import { fakeProgram, withEnvironment } from "../toolchain/support.ts";

/** What the stand-in does when it is called with a command line. */
export interface Answer {
    /** A pattern of the shell's for the whole command line, such as `image ls *`. */
    readonly to: string;
    /** Counts only once a command was run whose line has this in it. */
    readonly after?: string;
    readonly prints?: string;
    /** What it says on standard error, and then fails. */
    readonly fails?: string;
}

export interface StandIn {
    /** The command lines, in the order in which they were called. */
    readonly calls: () => readonly string[];
    /** What came on the standard input of those that read it. */
    readonly input: () => string;
}

/**
 * Puts a program first on PATH, until the test ends, that is called `docker` and answers from a script. The first
 * answer that fits counts; a command that none fits fails, and says so.
 *
 * @param folder makes a temporary folder with files in it.
 */
export function standInDocker(
    folder: (files: Readonly<Record<string, string>>) => string,
): (answers: readonly Answer[]) => StandIn {
    const setEnvironment = withEnvironment();
    return (answers) => {
        const texts: Record<string, string> = { calls: "", input: "" };
        answers.forEach(({ prints = "", fails = "" }, index) => {
            texts[`prints${index}`] = prints;
            texts[`fails${index}`] = fails;
        });
        const home = folder(texts);
        const bin = path.join(home, "bin");
        fs.mkdirSync(bin);
        const cases = answers.flatMap(({ to, after, fails }, index) => [
            `if fits ${quoted(after ?? "")}; then case "$*" in ${to.replaceAll(/[^\w*?-]/g, String.raw`\$&`)})`,
            `cat prints${index}; cat fails${index} >&2; exit ${fails === undefined ? 0 : 1} ;; esac; fi`,
        ]);
        fakeProgram(
            bin,
            "docker",
            [
                `cd ${quoted(home)}`,
                // Those without a file to read may have a terminal there, on which reading would wait.
                `case "$*" in *"--file -"*|*dial-stdio|*--password-stdin) cat >>input ;; esac`,
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

function quoted(text: string): string {
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
