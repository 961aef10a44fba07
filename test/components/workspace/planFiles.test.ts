import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import {
    filesOf,
    planFiles,
    sameFiles,
    type Change,
    type Files,
} from "../../../components/workspace/planFiles.ts";
import { writeFiles } from "../../../components/workspace/writeFiles.ts";
import { composeMark } from "../../../components/render/composeMark.ts";
import { blockFor } from "../../support/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { asNobody } from "../../support/nobody.ts";

const compose = `${composeMark}\nservices: {}\n`;
const block = blockFor({ image: "localhost:5050/foundation:1", digest: "sha256:1", stack: "dev" });
const otherBlock = blockFor({ image: "localhost:5050/foundation:2", digest: "sha256:2", stack: "prod" });
const whole: Files = { "app/compose.yaml": { kind: "whole", text: compose } };
const env: Files = { "app/.env": { kind: "block", text: block } };
const link: Files = { "app/.env": { kind: "link", target: "../.env" } };

describe("filesOf", () => {
    it("gives each file its kind and its content", () => {
        const files = {
            texts: { "a/compose.yaml": compose },
            shared: [
                {
                    text: "name: $<>-$<f.image>",
                    names: { "b/compose.yaml": "b", "c/compose.yaml": "$&" },
                },
            ],
            blocks: [{ text: block, paths: [".env"] }],
            links: { "a/.env": "../.env" },
        };
        expect(filesOf(files, { "f.image": "r" })).to.deep.equal({
            "a/compose.yaml": { kind: "whole", text: compose },
            "b/compose.yaml": { kind: "whole", text: "name: b-r" },
            "c/compose.yaml": { kind: "whole", text: "name: $&-r" },
            ".env": { kind: "block", text: block },
            "a/.env": { kind: "link", target: "../.env" },
        });
    });
});

describe("filesOf, where a value isn't known yet", () => {
    it("leaves out the texts that have it, and no others", () => {
        const files = {
            texts: {
                "a/compose.yaml": `${compose}# $<f.image>\n`,
                "b/compose.yaml": `${compose}# $<g.image>\n`,
            },
            shared: [{ text: "# $<g.image>\n", names: { "c/compose.yaml": "c" } }],
            blocks: [{ text: "$<g.image>", paths: ["a/.env", "b/.env"] }],
            links: {},
        };
        expect(filesOf(files, { "f.image": "r/f:1", "g.image": undefined })).to.deep.equal({
            "a/compose.yaml": { kind: "whole", text: `${compose}# r/f:1\n` },
            "b/compose.yaml": { kind: "whole", text: undefined },
            "c/compose.yaml": { kind: "whole", text: undefined },
            "a/.env": { kind: "block", text: undefined },
            "b/.env": { kind: "block", text: undefined },
        });
    });
});

describe("sameFiles", () => {
    const text = { kind: "whole", text: "a" } as const;
    const line = { kind: "link", target: "a" } as const;

    it("are those with the same content under the same names", () => {
        expect(sameFiles({ a: text, b: line }, { b: { ...line }, a: { ...text } })).to.equal(true);
    });

    for (const [title, one, other] of [
        ["another text", { a: text }, { a: { ...text, text: "b" } }],
        ["another kind", { a: text }, { a: { kind: "block", text: "a" } }],
        ["another target", { a: line }, { a: { ...line, target: "b" } }],
        ["a link for a text", { a: text }, { a: line }],
        ["a text for a link", { a: line }, { a: text }],
        ["another name", { a: text }, { b: text }],
        ["one that differs beside one that doesn't", { a: text, b: text }, { a: text, b: line }],
        ["one more", { a: text }, { a: text, b: text }],
    ] as const) {
        it(`are not those with ${title}`, () => {
            expect(sameFiles(one, other)).to.equal(false);
        });
    }
});

describe("planFiles", () => {
    const folder = temporaryFolders();

    function content(change: Change | undefined): string | undefined {
        if (change?.content === undefined) return undefined;
        return "bytes" in change.content ? change.content.bytes : `-> ${change.content.target}`;
    }

    /** The one change, as text. */
    function change(root: string, wanted: Files, previous: Files = {}): string {
        const plan = planFiles(root, wanted, previous);
        expect(plan.problems).to.deep.equal([]);
        expect(plan.changes).to.have.lengthOf(1);
        const [first] = plan.changes;
        return `${first?.action ?? ""} ${first?.path ?? ""} ${content(first) ?? ""}`.trim();
    }

    function nothing(root: string, wanted: Files, previous: Files = {}): void {
        expect(planFiles(root, wanted, previous)).to.deep.equal({ changes: [], problems: [], left: [] });
    }

    /** The one problem, as text; a file with a problem is in no change. */
    function problem(root: string, wanted: Files, previous: Files = {}): string {
        const plan = planFiles(root, wanted, previous);
        expect(plan.changes).to.deep.equal([]);
        expect(plan.problems).to.have.lengthOf(1);
        return plan.problems.map(({ path, reason }) => `${path}: ${reason}`).join();
    }

    it("creates what is missing", () => {
        const root = folder({ "app/Dockerfile": "" });
        expect(change(root, whole)).to.equal(`create app/compose.yaml ${compose}`.trim());
        expect(change(root, env)).to.equal(`create app/.env ${block}`.trim());
        expect(change(root, link)).to.equal("create app/.env -> ../.env");
    });

    it("wants nothing when everything is there, with CRLF as well", () => {
        nothing(folder({ "app/compose.yaml": compose }), whole);
        nothing(folder({ "app/compose.yaml": compose.replaceAll("\n", "\r\n") }), whole);
        nothing(folder({ "app/.env": `A=1\n${block}B=2` }), env);
        nothing(folder({ "app/.env": `A=1\r\n${block.replaceAll("\n", "\r\n")}` }), env);
    });

    it("restores what was edited, whatever the state says", () => {
        expect(change(folder({ "app/compose.yaml": `${compose}# mine\n` }), whole, whole)).to.match(
            /^update app/,
        );
        expect(change(folder({ "app/.env": `A=1\n${otherBlock}` }), env, env)).to.equal(
            `update app/.env A=1\n${block}`.trim(),
        );
    });

    it("does not know what an unknown text changes, and still sees what is in the way", () => {
        const unknown: Files = { "app/.env": { kind: "block", text: undefined } };
        expect(change(folder({ "app/.env": block }), unknown)).to.equal("update app/.env");
        expect(change(folder({ "app/x": "" }), unknown)).to.equal("create app/.env");
        expect(problem(folder({ "app/.env/x": "" }), unknown)).to.match(/in the way/);
        const text: Files = { "app/compose.yaml": { kind: "whole", text: undefined } };
        expect(change(folder({ "app/compose.yaml": compose }), text)).to.equal("update app/compose.yaml");
        expect(problem(folder({ "app/compose.yaml": "services: {}\n" }), text)).to.match(/not ours/);
    });

    describe("refuses", () => {
        const bad = [
            "",
            ".",
            "..",
            "../x",
            "a/../../x",
            "./x",
            "a//x",
            "a/",
            "/etc/x",
            "C:/x",
            "a\\x",
            "a\0x",
        ];
        for (const name of bad) {
            it(`the path ${JSON.stringify(name)}`, () => {
                expect(problem(folder(), { [name]: { kind: "block", text: block } })).to.match(
                    /within the project/,
                );
            });
        }

        it("a folder that is missing, a file, or a link that leads elsewhere", () => {
            expect(problem(folder(), env)).to.equal("app: the folder is missing; create it");
            expect(problem(folder({ app: "" }), env)).to.match(/^app: it is not a folder/);

            const outside = folder({ "compose.yaml": compose });
            const root = folder();
            fs.symlinkSync(outside, path.join(root, "app"));
            expect(problem(root, whole)).to.match(/^app: it is a symbolic link/);
            fs.mkdirSync(path.join(outside, "deep"));
            expect(problem(root, { "app/deep/.env": { kind: "block", text: block } })).to.match(
                /^app: it is a symbolic/,
            );
        });

        it("a folder once, however many files are to be in it", () => {
            const root = folder({ "other/x": "" });
            fs.symlinkSync("other", path.join(root, "app"));
            expect(planFiles(root, { ...whole, ...env }, {}).problems).to.deep.equal([
                {
                    path: "app",
                    reason: "it is a symbolic link, and nothing is written through links; put a real folder there",
                },
            ]);
        });

        it("a compose.yaml that is not ours", () => {
            const root = folder({ "app/compose.yaml": "services: {}\n" });
            expect(problem(root, whole)).to.match(/^app\/compose.yaml: .*compose.override.yaml.* delete it$/);
        });

        it("to hide other Compose files, but not to be merged with an override", () => {
            for (const name of ["compose.yml", "docker-compose.yml", "docker-compose.yaml"]) {
                expect(problem(folder({ [`app/${name}`]: "" }), whole)).to.include(`no longer read ${name};`);
            }
            expect(change(folder({ "app/docker-compose.override.yml": "" }), whole)).to.match(/^create/);
        });

        it("a text without the mark, for it could not be known again", () => {
            const unmarked: Files = { "app/compose.yaml": { kind: "whole", text: "services: {}" } };
            expect(problem(folder({ "app/x": "" }), unmarked)).to.match(/must start with the line/);
        });

        it("broken markers", () => {
            const torn = block.split("\n").slice(0, 3).join("\n");
            expect(problem(folder({ "app/.env": torn }), env)).to.match(/^app\/.env: expected one line/);
            expect(problem(folder({ "app/.env": torn }), link)).to.match(/^app\/.env: expected one line/);
        });

        it("a .env in UTF-16, or with a line in it, which Compose can't read", () => {
            for (const bytes of [Buffer.from("\uFEFFA=1\n", "utf16le"), Buffer.from("A=1\nB\0=\0")]) {
                const root = folder({ "a/x": "" });
                fs.writeFileSync(path.join(root, "a/.env"), bytes);
                const { problems } = planFiles(root, { "a/.env": { kind: "block", text: block } }, {});
                expect(problems).to.deep.equal([
                    { path: "a/.env", reason: "it is in UTF-16, which Compose can't read; save it as UTF-8" },
                ]);
            }
        });

        it("a folder in the place of a file", () => {
            expect(problem(folder({ "app/.env/x": "" }), env)).to.match(/in the way/);
        });

        it("links that are not ours", () => {
            const root = folder({ "app/x": "A=1\n" });
            fs.symlinkSync("x", path.join(root, "app/.env"));
            expect(problem(root, env)).to.match(/symbolic link to x that is not ours/);
            expect(problem(root, link)).to.match(
                /symbolic link to x that is not ours, where one to ..\/.env/,
            );
        });

        it("a link to a shared .env that is the user's alone", () => {
            const root = folder({ ".env": "A=1\n", "app/Dockerfile": "" });
            fs.symlinkSync("../.env", path.join(root, "app/.env"));
            expect(problem(root, env)).to.match(/symbolic link to ..\/.env that is not ours/);
        });

        it("a link in the place of lines of the user, or out of the project", () => {
            expect(problem(folder({ "app/.env": `A=1\n${block}` }), link)).to.match(/lines of yours/);
            const away: Files = { "app/.env": { kind: "link", target: "../../etc" } };
            expect(problem(folder({ "app/x": "" }), away)).to.match(/within the project/);
        });

        it("paths that are one file on macOS and Windows", () => {
            const root = folder({ "app/x": "", "App/x": "" });
            const plan = planFiles(root, { ...env, "App/.env": { kind: "block", text: block } }, {});
            expect(plan.problems).to.have.lengthOf(1);
            expect(plan.problems[0]?.path).to.equal("App/.env");
        });

        it("everything at once", () => {
            const root = folder({ "a/compose.yaml": "", "b/.env/x": "" });
            const plan = planFiles(
                root,
                {
                    "a/compose.yaml": { kind: "whole", text: compose },
                    "b/.env": { kind: "block", text: block },
                    "c/.env": { kind: "block", text: block },
                },
                {},
            );
            expect(plan.problems.map(({ path }) => path)).to.deep.equal(["a/compose.yaml", "b/.env", "c"]);
        });
    });

    describe("is content once what it says is done,", () => {
        const place = (root: string, name = ""): string => path.join(root, "app", name);
        const remove = (name: string) => (root: string) => {
            fs.rmSync(place(root, name), { recursive: true });
        };
        const move = (name: string, other: string) => (root: string) => {
            fs.renameSync(place(root, name), place(root, other));
        };
        const own = "services: { web: { environment: [A=1] } }\n";
        const torn = block.split("\n").slice(0, 3).join("\n");

        for (const [words, wanted, make, remedy] of [
            [
                "create it",
                env,
                remove(""),
                (root) => {
                    fs.mkdirSync(place(root));
                },
            ],
            [
                "put a folder there",
                env,
                (root) => {
                    remove("")(root);
                    fs.writeFileSync(place(root), "");
                },
                (root) => {
                    remove("")(root);
                    fs.mkdirSync(place(root));
                },
            ],
            [
                "put a real folder there",
                env,
                (root) => {
                    fs.renameSync(place(root), path.join(root, "moved"));
                    fs.symlinkSync("moved", place(root));
                },
                (root) => {
                    fs.rmSync(place(root));
                    fs.renameSync(path.join(root, "moved"), place(root));
                },
            ],
            [
                "move it elsewhere",
                env,
                (root) => {
                    fs.mkdirSync(place(root, ".env"));
                },
                move(".env", "env"),
            ],
            [
                "save it as UTF-8",
                env,
                (root) => {
                    fs.writeFileSync(place(root, ".env"), "A=1\n", "utf16le");
                },
                (root) => {
                    fs.writeFileSync(place(root, ".env"), "A=1\n");
                },
            ],
            [
                "delete the marker lines and what was written between them",
                env,
                (root) => {
                    fs.writeFileSync(place(root, ".env"), `A=1\n${torn}\nB=2\n${block}`);
                },
                (root) => {
                    fs.writeFileSync(place(root, ".env"), "A=1\nB=2\n");
                },
            ],
            [
                "which Compose merges in by itself, and delete it",
                whole,
                (root) => {
                    fs.writeFileSync(place(root, "docker-compose.yml"), own);
                },
                move("docker-compose.yml", "compose.override.yaml"),
            ],
            [
                "does not start with our mark; move what you need from there into compose.override.yaml",
                whole,
                (root) => {
                    fs.writeFileSync(place(root, "compose.yaml"), own);
                },
                move("compose.yaml", "compose.override.yaml"),
            ],
            [
                "that is not ours, and nothing is written through links; delete it",
                env,
                (root) => {
                    fs.symlinkSync("x", place(root, ".env"));
                },
                remove(".env"),
            ],
            [
                "where one to ../.env belongs; delete it",
                link,
                (root) => {
                    fs.symlinkSync("x", place(root, ".env"));
                },
                remove(".env"),
            ],
            [
                "move them into the file that is linked to and delete this one",
                link,
                (root) => {
                    fs.writeFileSync(place(root, ".env"), "A=1\n");
                },
                (root) => {
                    move(".env", "../.env")(root);
                },
            ],
            [
                "or set the key envFiles to copy",
                link,
                (root) => {
                    fs.writeFileSync(place(root, ".env"), "A=1\n");
                },
                // The files that are wanted then.
                () => env,
            ],
            [
                "on macOS and Windows it is the same file as app/.env; rename one",
                { ...env, "App/.env": { kind: "block", text: block } },
                (root) => {
                    fs.mkdirSync(path.join(root, "App"));
                },
                () => ({ ...env, "other/.env": { kind: "block", text: block } }),
            ],
        ] satisfies [string, Files, (root: string) => unknown, (root: string) => unknown][]) {
            it(words, async () => {
                const root = folder({ "app/x": "", "other/x": "" });
                for (const name of ["", "app", "other"]) fs.chmodSync(path.join(root, name), 0o777);
                make(root);
                const plan = (files: Files): ReturnType<typeof planFiles> =>
                    asNobody(() => planFiles(root, files, {}));
                expect(
                    plan(wanted)
                        .problems.map(({ reason }) => reason)
                        .join(),
                ).to.include(words);
                const then = (remedy(root) ?? wanted) as Files;
                const { problems, changes } = plan(then);
                expect(problems).to.deep.equal([]);
                await writeFiles(root, changes);
                nothing(root, then);
            });
        }
    });

    it("turns a link to the shared .env into a file, though nobody has written down that it is ours", () => {
        for (const shared of [{ ".env": `A=1\n${block}` }, {}]) {
            const root = folder({ ...shared, "app/Dockerfile": "" });
            fs.symlinkSync("../.env", path.join(root, "app/.env"));
            expect(change(root, env)).to.equal(`update app/.env ${block}`.trim());
            expect(change(root, env, env)).to.equal(`update app/.env ${block}`.trim());
        }
    });

    it("turns a file with nothing but the block into a link, and our link into a file", () => {
        const root = folder({ "app/.env": block });
        expect(change(root, link, env)).to.equal("update app/.env -> ../.env");
        fs.rmSync(path.join(root, "app/.env"));
        fs.symlinkSync("../.env", path.join(root, "app/.env"));
        nothing(root, link);
        expect(change(root, env, link)).to.equal(`update app/.env ${block}`.trim());
    });

    describe("of what is no longer wanted", () => {
        it("removes what is as it was written", () => {
            expect(
                change(folder({ "app/compose.yaml": compose.replaceAll("\n", "\r\n") }), {}, whole),
            ).to.equal("delete app/compose.yaml");
            expect(change(folder({ "app/.env": block }), {}, env)).to.equal("delete app/.env");
            expect(change(folder({ "app/.env": `A=1\n${block}B=2` }), {}, env)).to.equal(
                "update app/.env A=1\nB=2",
            );
            const root = folder({ "app/x": "" });
            fs.symlinkSync("../.env", path.join(root, "app/.env"));
            expect(change(root, {}, link)).to.equal("delete app/.env");
        });

        it("leaves what was changed since", () => {
            const left = (root: string, previous: Files) => {
                const plan = planFiles(root, {}, previous);
                expect(plan).to.deep.equal({ changes: [], problems: [], left: Object.keys(previous) });
            };
            left(folder({ "app/compose.yaml": `${compose}# mine\n` }), whole);
            left(folder({ "app/.env": otherBlock }), env);
            left(folder({ "app/.env": `${block}${block}` }), env);
            left(folder({ "app/.env": block }), link);
            const root = folder({ "app/x": "" });
            fs.symlinkSync("x", path.join(root, "app/.env"));
            left(root, link);
            left(root, env);
        });

        it("has nothing to do where a folder's name has changed in its case alone, on macOS and Windows", () => {
            const before: Files = { "App/compose.yaml": { kind: "whole", text: compose } };
            const root = folder({ "App/compose.yaml": compose, "app/x": "" });
            const renamed = path.join(root, "app/compose.yaml");
            // There it is one file under both names, as a hard link makes it elsewhere.
            if (!fs.existsSync(renamed)) {
                fs.writeFileSync(renamed, compose);
                expect(change(root, whole, before)).to.equal("delete App/compose.yaml");
                fs.rmSync(renamed);
                fs.linkSync(path.join(root, "App/compose.yaml"), renamed);
            }
            nothing(root, whole, before);
        });

        it("has nothing to do where it is gone", () => {
            nothing(folder(), {}, { ...whole, ...env });
            nothing(folder({ "app/.env": "A=1\n" }), {}, { ...whole, ...env });
        });

        it("removes nothing through a linked folder", () => {
            const root = folder();
            fs.symlinkSync(folder({ "compose.yaml": compose }), path.join(root, "app"));
            expect(planFiles(root, {}, whole)).to.deep.equal({
                changes: [],
                problems: [],
                left: ["app/compose.yaml"],
            });
        });
    });

    it("keeps the user's bytes, whatever they are", async () => {
        const root = folder({ "app/x": "" });
        const file = path.join(root, "app/.env");
        await fc.assert(
            // Those with a zero are refused.
            fc.asyncProperty(fc.uint8Array({ min: 1, minLength: 1, maxLength: 60 }), async (bytes) => {
                fs.writeFileSync(file, bytes);
                await writeFiles(root, planFiles(root, env, {}).changes);
                expect(fs.readFileSync(file).includes(block)).to.equal(true);
                await writeFiles(root, planFiles(root, {}, env).changes);
                expect(fs.readFileSync(file).equals(bytes)).to.equal(true);
            }),
            // Each flushes to the disk twice.
            { numRuns: 25 },
        );
    });

    it("writes texts as UTF-8, and knows them again", async () => {
        const root = folder({ "app/.env": "Ä=1\n" });
        const text = block.replace("'dev'", "'zürich'");
        const wanted: Files = { "app/.env": { kind: "block", text } };
        await writeFiles(root, planFiles(root, wanted, {}).changes);
        expect(fs.readFileSync(path.join(root, "app/.env"), "utf8")).to.equal(`${text}Ä=1\n`);
        nothing(root, wanted);
        expect(change(root, {}, wanted)).to.match(/^update/);
    });

    it("takes well under a second for 2,000 files", () => {
        const files: Record<string, Files[string]> = {};
        const texts: Record<string, string> = {};
        for (let app = 0; app < 1000; app++) {
            files[`apps/app${app}/compose.yaml`] = { kind: "whole", text: compose };
            files[`apps/app${app}/.env`] = { kind: "block", text: block };
            texts[`apps/app${app}/compose.yaml`] = compose;
            texts[`apps/app${app}/.env`] = `A=${app}\n${block}`;
        }
        const root = folder(texts);
        // Of the processor's time, for a busy machine takes longer.
        const start = process.cpuUsage();
        nothing(root, files, files);
        const { user, system } = process.cpuUsage(start);
        expect((user + system) / 1000).to.be.below(1000);
    });
});
