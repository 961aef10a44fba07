import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { listContext, type BuildParameters } from "../../../components/workspace/buildContext.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { asNobody } from "../../support/nobody.ts";
import { folderTag } from "../../support/staging.ts";

const plain: BuildParameters = { buildArgs: {}, platforms: [] };
const files = { Dockerfile: "FROM scratch\nCOPY . /\n", "bin/tool": "#!/bin/sh\n", "etc/motd": "official\n" };

describe("build context", () => {
    const folder = temporaryFolders();
    const paths = (directory: string): string[] => listContext(directory).map((entry) => entry.path);

    it("lists files and symlinks in byte order, and leaves pipes out", () => {
        const directory = folder({ ...files, "étc/x": "1", "Z/x": "1", "a.b": "1" });
        fs.symlinkSync("nowhere", path.join(directory, "dangling"));
        execFileSync("mkfifo", [path.join(directory, "pipe")]);
        expect(paths(directory)).to.deep.equal([
            "Dockerfile",
            "Z/x",
            "a.b",
            "bin/tool",
            "dangling",
            "etc/motd",
            "étc/x",
        ]);
    });

    it("honours .dockerignore with its exceptions", () => {
        const ignore = "*\n!etc\nnothing\netc/secret\n";
        const directory = folder({ ...files, ".dockerignore": ignore, "etc/secret": "x", "README.md": "x" });
        expect(paths(directory)).to.deep.equal(["etc/motd"]);
    });

    it("lists a folder only when it is sent with nothing in it", () => {
        const directory = folder({
            ...files,
            ".dockerignore":
                "cache/*\n**/*.tmp\nold\nout\n!out/kept\ngone\n!gone/kept\nDockerfile\n.dockerignore\n",
            "cache/x": "1",
            "deep/er/x.tmp": "1",
            "old/x": "1",
            "out/x": "1",
            "gone/x": "1",
        });
        fs.mkdirSync(path.join(directory, "empty/inner"), { recursive: true });
        fs.mkdirSync(path.join(directory, "out/kept"));
        const folders = listContext(directory).filter((entry) => entry.kind === "folder");
        expect(folders.map((entry) => entry.path)).to.deep.equal([
            "cache",
            "deep/er",
            "empty/inner",
            "out/kept",
        ]);
    });

    it("overlooks the exceptions that BuildKit overlooks", () => {
        const directory = folder({
            ...files,
            ".dockerignore": "*\n!bin\nbin/*\n!bin/*/**\n",
            "bin/a/x": "1",
        });
        expect(paths(directory)).to.deep.equal(["bin"]);
    });

    it("goes by an ignore file named after the Dockerfile even when it is empty", () => {
        const directory = folder({ Dockerfile: "", ".dockerignore": "*", "Dockerfile.dockerignore": "" });
        expect(paths(directory)).to.deep.equal([".dockerignore", "Dockerfile", "Dockerfile.dockerignore"]);
    });

    it("says in which lines of which file Docker refuses a rule", () => {
        const directory = folder({ ...files, ".dockerignore": "# rules\n[a\n!\n" });
        expect(() => listContext(directory)).to.throw(
            Problem,
            `${directory}/.dockerignore has what Docker refuses as a rule, found [a in line 2, ! in line 3; `,
        );
    });

    it("refuses a name that is not UTF-8, unless it is ignored", () => {
        const directory = folder({ ...files, ".dockerignore": "bin/caf*\n" });
        const [one, other] = ["bin", "etc"].map((name) =>
            Buffer.concat([Buffer.from(path.join(directory, name, "caf")), Buffer.from([0xe9])]),
        );
        fs.writeFileSync(one ?? "", "");
        expect(paths(directory)).to.include("bin/tool");
        fs.writeFileSync(other ?? "", "");
        expect(() => listContext(directory)).to.throw(
            Problem,
            /etc has a file with a name that is not UTF-8/,
        );
    });

    it("prefers the ignore file that is named after the Dockerfile", () => {
        const directory = folder({
            ...files,
            ".dockerignore": "*",
            "Dockerfile.dockerignore": "bin\n*ignore\n",
        });
        expect(paths(directory)).to.deep.equal(["Dockerfile", "etc/motd"]);
    });

    it("does not count the files that are emitted beside the Dockerfile", () => {
        const directory = folder({
            ...files,
            "compose.yaml": "x",
            ".env": "x",
            "etc/compose.yaml": "counts",
        });
        expect(paths(directory)).to.deep.equal(["Dockerfile", "bin/tool", "etc/compose.yaml", "etc/motd"]);
    });

    it("asks for a folder and a Dockerfile", () => {
        expect(() => listContext(folder({ "etc/motd": "x" }))).to.throw(
            Problem,
            /cannot read \S+Dockerfile \(no such file or directory\); put a readable file there, or name/,
        );
        const missing = path.join(folder({}), "gone");
        expect(() => listContext(missing)).to.throw(
            Problem,
            /gone is no folder, and a build .*; create it, or/,
        );
    });

    it("refuses a Dockerfile that is a link out of its folder, which a build by hand can't follow", () => {
        const directory = folder({ "etc/motd": "x" });
        fs.symlinkSync(path.join(folder(files), "Dockerfile"), path.join(directory, "Dockerfile"));
        expect(() => listContext(directory)).to.throw(Problem, "a build can't follow out of the folder");
    });
});

describe("content tag", () => {
    const folder = temporaryFolders();

    it("is one known value for known content, on every machine", () => {
        expect(folderTag(folder(files))).to.equal("content-88ad5c84782e");
    });

    it("is for this repository's own foundation what it was when it was published first", () => {
        const foundation = path.resolve(import.meta.dirname, "../../../foundation");
        expect(folderTag(foundation)).to.equal("content-c1cfe4cef896");
    });

    it("does not depend on the folder, times or modes other than the executable bit", () => {
        const [one, other] = [folder(files), folder(files)];
        fs.chmodSync(path.join(other, "etc/motd"), 0o600);
        fs.chmodSync(path.join(other, "etc"), 0o700);
        fs.utimesSync(path.join(other, "etc/motd"), 1, 1);
        expect(folderTag(other)).to.equal(folderTag(one));
    });

    const changes: Record<string, (directory: string) => void> = {
        "a byte of a file": (directory) => {
            fs.writeFileSync(path.join(directory, "etc/motd"), "Official\n");
        },
        "an executable bit": (directory) => {
            fs.chmodSync(path.join(directory, "bin/tool"), 0o755);
        },
        "a file's name": (directory) => {
            fs.renameSync(path.join(directory, "etc/motd"), path.join(directory, "etc/modt"));
        },
        "a new file": (directory) => {
            fs.writeFileSync(path.join(directory, "etc/new"), "");
        },
        "an empty folder": (directory) => {
            fs.mkdirSync(path.join(directory, "cache"));
        },
        "a symlink in a file's place": (directory) => {
            fs.rmSync(path.join(directory, "etc/motd"));
            fs.symlinkSync("official\n", path.join(directory, "etc/motd"));
        },
        "a Dockerfile that is itself ignored": (directory) => {
            fs.writeFileSync(path.join(directory, "Dockerfile"), "FROM scratch\n");
        },
    };
    for (const [what, change] of Object.entries(changes)) {
        it(`changes with ${what}`, () => {
            const directory = folder({ ...files, ".dockerignore": "Dockerfile\n.dockerignore\n" });
            const before = folderTag(directory);
            change(directory);
            expect(folderTag(directory)).not.to.equal(before);
        });
    }

    it("changes with each build parameter, and not with the order they are written in", () => {
        const directory = folder(files);
        const variants: BuildParameters[] = [
            plain,
            { ...plain, buildArgs: { A: "1" } },
            { ...plain, buildArgs: { A: "1", B: "2" } },
            { ...plain, target: "slim" },
            { ...plain, platforms: ["linux/amd64"] },
            { ...plain, platforms: ["linux/amd64", "linux/arm64"] },
            { ...plain, rebuild: "2026-11" },
        ];
        expect(new Set(variants.map((parameters) => folderTag(directory, parameters)))).to.have.length(
            variants.length,
        );
        expect(folderTag(directory, { ...plain, buildArgs: { B: "2", A: "1" } })).to.equal(
            folderTag(directory, { ...plain, buildArgs: { A: "1", B: "2" } }),
        );
        expect(folderTag(directory, { ...plain, platforms: ["linux/arm64", "linux/amd64"] })).to.equal(
            folderTag(directory, { ...plain, platforms: ["linux/amd64", "linux/arm64"] }),
        );
    });
});

describe("a build context that is refused", () => {
    const folder = temporaryFolders();
    const remove = (directory: string, name: string): void => {
        fs.rmSync(path.join(directory, name), { recursive: true });
    };
    const write = (directory: string, name: string, text: string): void => {
        fs.writeFileSync(path.join(directory, name), text);
    };
    /** What is to be done in the words of the message, and doing it. */
    type Remedies = Readonly<Record<string, (directory: string) => void>>;
    const ignoring = (name: string): Remedies => ({
        "list it in .dockerignore": (directory) => {
            write(directory, ".dockerignore", name);
        },
        "in the ignore file that is named after the Dockerfile": (directory) => {
            write(directory, "Dockerfile.dockerignore", name);
        },
    });
    const readable: Remedies = {
        "make it readable": (directory) => {
            fs.chmodSync(path.join(directory, "etc/motd"), 0o644);
            fs.chmodSync(path.join(directory, "etc"), 0o755);
        },
        ...ignoring("etc"),
    };
    const odd = (directory: string): Buffer =>
        Buffer.concat([Buffer.from(path.join(directory, "etc/caf")), Buffer.from([0xe9])]);

    for (const [title, make, told, remedies] of [
        [
            "for a rule of its ignore file",
            (directory) => {
                write(directory, ".dockerignore", "[a\n\\\nbin\t# tools\n");
            },
            /\.dockerignore has what Docker refuses as a rule/,
            {
                "close each [ with a ], put a \\ only before a character that stands for itself, and take out tabs; a comment has a line of its own":
                    (directory) => {
                        write(directory, ".dockerignore", "[a]\n\\*\n# tools\nbin\n");
                    },
            },
        ],
        [
            "for a name that is not UTF-8",
            (directory) => {
                fs.writeFileSync(odd(directory), "");
            },
            /has a file with a name that is not UTF-8/,
            {
                "rename it": (directory) => {
                    fs.renameSync(odd(directory), path.join(directory, "etc/café"));
                },
                ...ignoring("etc/caf*"),
            },
        ],
        [
            "for a folder that may not be read",
            (directory) => {
                fs.chmodSync(path.join(directory, "etc"), 0);
            },
            /cannot read \S+\/etc \(permission denied\)/,
            readable,
        ],
        [
            "for a file that may not be read",
            (directory) => {
                fs.chmodSync(path.join(directory, "etc/motd"), 0);
            },
            /cannot read \S+\/etc\/motd \(permission denied\)/,
            readable,
        ],
        [
            "for an ignore file that may not be read",
            (directory) => {
                write(directory, ".dockerignore", "");
                fs.chmodSync(path.join(directory, ".dockerignore"), 0);
            },
            /\S+\/\.dockerignore can't be read \(EACCES/,
            {
                "it has to be a file that you may read": (directory) => {
                    fs.chmodSync(path.join(directory, ".dockerignore"), 0o644);
                },
            },
        ],
        [
            "for a folder in the place of its Dockerfile",
            (directory) => {
                remove(directory, "Dockerfile");
                fs.mkdirSync(path.join(directory, "Dockerfile"));
            },
            /cannot read \S+\/Dockerfile \(illegal operation on a directory\)/,
            {
                "put a readable file there": (directory) => {
                    remove(directory, "Dockerfile");
                    write(directory, "Dockerfile", "FROM scratch\n");
                },
            },
        ],
        [
            "for a Dockerfile that is a link out of it",
            (directory) => {
                remove(directory, "Dockerfile");
                fs.symlinkSync("/etc/hostname", path.join(directory, "Dockerfile"));
            },
            /\/Dockerfile: it is a link to \/etc\/hostname, which a build can't follow out of the folder/,
            {
                "put the file itself there": (directory) => {
                    remove(directory, "Dockerfile");
                    write(directory, "Dockerfile", "FROM scratch\n");
                },
            },
        ],
        [
            "for being none",
            (directory) => {
                fs.renameSync(directory, `${directory}-moved`);
            },
            /is no folder, and a build copies from one/,
            {
                "create it": (directory) => {
                    fs.renameSync(`${directory}-moved`, directory);
                },
            },
        ],
    ] satisfies [string, (directory: string) => void, RegExp, Remedies][]) {
        for (const [words, remedy] of Object.entries<(directory: string) => void>(remedies)) {
            it(`${title}, is taken with the remedy: ${words}`, () => {
                const directory = folder(files);
                fs.chmodSync(directory, 0o755);
                make(directory);
                const tag = (): string => asNobody(() => folderTag(directory));
                expect(tag).to.throw(Problem, told).with.property("message").that.includes(words);
                remedy(directory);
                expect(tag()).to.match(/^content-/);
            });
        }
    }
});
