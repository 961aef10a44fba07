// What Compose itself makes of the Compose files that we read. It needs the client only, no engine.
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import fc from "fast-check";
import { unsetIn, withUnset } from "../../../components/render/composeInterpolation.ts";
import { ComposeError, readComposeProject } from "../../../components/render/composeProject.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { remembered } from "../../support/remembered.ts";

interface Build {
    readonly context?: string | undefined;
    readonly dockerfile?: string | undefined;
    readonly dockerfile_inline?: string;
    readonly target?: string;
    readonly args?: Readonly<Record<string, string | null>>;
    readonly additional_contexts?: Readonly<Record<string, string>>;
    readonly pull?: boolean;
}

interface Service {
    readonly image?: string;
    readonly build?: Build;
    readonly profiles?: readonly string[];
}

interface Project {
    readonly name: string;
    readonly services?: Readonly<Record<string, Service>>;
}

describe("a Compose project, as Compose itself reads it", function () {
    this.timeout(120_000);
    const folder = temporaryFolders();

    /** A folder with these files, and a name that is always the same. */
    function projectOf(texts: Readonly<Record<string, string>>): string {
        const files = Object.entries(texts).map(([name, text]) => [`project/${name}`, text]);
        return path.join(folder(Object.fromEntries(files) as Record<string, string>), "project");
    }

    /** What Compose makes of it; a text where it refuses. */
    async function judge(root: string, files: readonly string[]): Promise<Project | string> {
        const named = files.flatMap((file) => ["--file", file]);
        const args = ["compose", ...named, "--profile", "*", "config", "--format", "json"];
        const { PATH, HOME } = process.env;
        // Only the folder around it has another name each time.
        const around = path.dirname(root);
        const { said, isAccepted } = await remembered([textsIn(root), files], async () => {
            const { stdout, stderr, exitCode } = await execa("docker", args, {
                cwd: root,
                reject: false,
                extendEnv: false,
                env: { PATH, HOME },
            });
            const said = exitCode === 0 ? stdout : stderr;
            return { said: said.replaceAll(around, "AROUND"), isAccepted: exitCode === 0 };
        });
        const text = said.replaceAll("AROUND", around);
        // What Compose prints is a Compose file again: its dollars are doubled.
        return isAccepted ? (JSON.parse(text.replaceAll("$$", "$")) as Project) : text;
    }

    function textsIn(root: string): readonly (readonly [name: string, text: string])[] {
        const entries = fs.readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
        return entries
            .filter((name) => fs.statSync(path.join(root, name)).isFile())
            .map((name) => [name, fs.readFileSync(path.join(root, name), "utf8")]);
    }

    /** What we make of it, in the same form. */
    function ours(root: string, files: readonly string[]): object | string {
        try {
            const { name, services } = readComposeProject(
                root,
                files.map((file) => path.join(root, file)),
                (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined),
            );
            const known = (pairs: ReadonlyMap<string, string | undefined>) =>
                Object.fromEntries(
                    [...pairs].flatMap(([arg, value]) =>
                        value === undefined ? [] : [[arg, withUnset(value)] as const],
                    ),
                );
            const entries = [...services].map(([service, { image, build, inProfile }]): [string, Service] => {
                const named = {
                    ...(image !== undefined && { image: withUnset(image) }),
                    ...(inProfile && { profiles: ["some"] }),
                };
                if (build === undefined) return [service, named];
                const { context, dockerfile, inline, target, args, contexts, pull } = build;
                // Compose looks for an empty one where it is run.
                const found = unsetIn(context).length > 0 ? path.join(root, withUnset(context)) : context;
                const definition = {
                    context: found,
                    ...(inline === undefined
                        ? { dockerfile: withUnset(dockerfile) }
                        : { dockerfile_inline: withUnset(inline) }),
                    ...(target !== undefined && { target: withUnset(target) }),
                    args: known(args),
                    additional_contexts: known(contexts),
                    pull,
                };
                return [service, { ...named, build: definition }];
            });
            return decisive({ name, services: Object.fromEntries(entries) });
        } catch (error) {
            if (error instanceof ComposeError) return error.message;
            throw error;
        }
    }

    /** What decides a build and names an image, of all that Compose says, and whether a profile has it. */
    function decisive({ name, services = {} }: Project): object {
        const filled = (values: Readonly<Record<string, string | undefined>>) =>
            Object.fromEntries(Object.entries(values).filter(([, value]) => value));
        return {
            name,
            services: Object.fromEntries(
                Object.entries(services).map(
                    ([service, { image, build, profiles = [] }]): [string, object] => {
                        const kept = { ...filled({ image }), inProfile: profiles.length > 0 };
                        if (build === undefined) return [service, kept];
                        const { context, dockerfile, dockerfile_inline, target } = build;
                        const { args = {}, additional_contexts = {}, pull = false } = build;
                        const given = Object.entries(args).filter(([, value]) => value !== null);
                        return [
                            service,
                            {
                                ...kept,
                                build: {
                                    context,
                                    ...(dockerfile_inline === undefined
                                        ? { dockerfile }
                                        : { dockerfile_inline }),
                                    ...filled({ target }),
                                    args: Object.fromEntries(given),
                                    additional_contexts,
                                    pull,
                                },
                            },
                        ];
                    },
                ),
            ),
        };
    }

    async function agree(texts: Readonly<Record<string, string>>, ...files: string[]): Promise<void> {
        const root = projectOf(texts);
        const judged = await judge(root, files);
        expect(judged, JSON.stringify(texts)).not.to.be.a("string");
        expect(ours(root, files), JSON.stringify(texts, undefined, 1)).to.deep.equal(
            decisive(judged as Project),
        );
    }

    const plainScalars = `
        1_000 1__0 _1 0x1F 0X1f -0x1F +0x1_F 0b11 -0B11 0o17 0O17 -0o17 0o8 0b12 0x 010 -010 +010 0_10 08
        019 00 007 0777777777777777777777777 +1 1.0 1. .5 -.5 1.50 1_0.5 010.5 1e3 1e6 1.5E6 1e20 1e21
        1e+22 100000.0 999999.5 12345678.9 1e-4 0.00001234 -1e-7 -.5e7 1e400 12e4567 1e 1.2.3 1p4 12:30
        123456789012345678 -9223372036854775808 -9223372036854775809 9223372036854775808
        18446744073709551615 18446744073709551616 0xFFFFFFFFFFFFFFFF 0xFFFFFFFFFFFFFFFFF yes off True
        FALSE Null ~ inf '010'
    `;

    const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        "a short build": { "compose.yaml": "services: { a: { build: ./a }, b: { image: b } }" },
        "a long build": {
            "compose.yaml":
                "services: { a: { build: { context: ../x, dockerfile: d/Dockerfile.dev, target: t, args: { A: 1, B: true, C: 1.50, D: null, E: x } } } }",
        },
        "a build with nothing in it": { "compose.yaml": "services: { a: { build: {} } }" },
        "profiles, extended, merged and taken away": {
            "compose.yaml":
                "services:\n  a: { build: a, profiles: [p] }\n  b: { extends: a }\n  c: { build: c }\n" +
                "  d: { build: d, profiles: [p] }\n  e: { build: e, profiles: [] }\n",
            "compose.override.yaml": "services:\n  c: { profiles: [q] }\n  d: { profiles: !reset [] }\n",
        },
        "arguments as a list": {
            "compose.yaml": "services: { a: { build: { context: ., args: [A=1, B, 'C=x=y'] } } }",
            ".env": "B=from-env\n",
        },
        "a Dockerfile in the Compose file": {
            "compose.yaml":
                "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM $${X}\n        RUN a\n",
        },
        "an override": {
            "compose.yaml": "services: { a: { build: ./a }, b: { build: { context: b, args: [A=1, B=2] } } }",
            "compose.override.yaml":
                "services: { a: { build: { target: t } }, b: { build: { args: { B: 3, C: 4 } } }, c: { build: c } }",
        },
        "an override's short build": {
            "compose.yaml": "services: { a: { build: { context: a, target: t } } }",
            "compose.override.yaml": "services: { a: { build: b } }",
        },
        "extends in a file": {
            "compose.yaml":
                "services: { a: { extends: b, build: { target: t } }, b: { extends: { service: c } }, c: { build: { context: c, args: { A: 1 } } } }",
        },
        "extends from another file": {
            "compose.yaml":
                "services: { a: { extends: { file: common/base.yaml, service: b }, build: { args: { B: 2 } } } }",
            "common/base.yaml":
                "services: { b: { extends: { file: ../other.yaml, service: c } , build: { args: { A: 1 } } } }",
            "other.yaml": "services: { c: { build: { context: ctx, dockerfile: D } } }",
        },
        "extends from another file, of a build without a context": {
            "compose.yaml": "services: { a: { extends: { file: common/base.yaml, service: b } } }",
            "common/base.yaml": "services: { b: { build: { target: t } } }",
        },
        "an include": {
            "compose.yaml":
                "include: [sub/compose.yaml, { path: [two/a.yaml, two/b.yaml], project_directory: two/x, env_file: two/vars.env }]\nservices: { a: { build: a } }",
            "sub/compose.yaml": "services: { s: { build: { context: ./s, target: '${T:-none}' } } }",
            "sub/.env": "T=sub\n",
            "two/a.yaml": "services: { t: { build: { context: './${V}', args: { A: 1 } } } }",
            "two/b.yaml": "services: { t: { build: { args: { B: '${V}' } } } }",
            "two/vars.env": "V=vv\n",
            "two/x/keep": "",
        },
        "an include whose variables the project has too": {
            "compose.yaml": "include: [sub/compose.yaml]\nservices: { a: { build: a } }",
            "sub/compose.yaml": "services: { s: { build: { target: '${T}' } } }",
            "sub/.env": "T=sub\n",
            ".env": "T=top\n",
        },
        "an include that the project changes": {
            "compose.yaml": "include: [sub/compose.yaml]",
            "compose.override.yaml": "services: { s: { build: { target: mine } } }",
            "sub/compose.yaml": "services: { s: { build: { context: ./s, target: theirs } } }",
        },
        "variables that a .env makes of others": {
            "compose.yaml":
                "services: { a: { build: { context: $C, args: { B: $B, L: $L, D: $D, E: $E, N: '${N}x', F: '${N:-def}', G: '${N-def}' } } } }",
            ".env": [
                ...["A=one", "B=${A}/two", "C=$B/three", "L='${A}'", 'D="$A and \\$A"', "E=$$A-${NONE:-e}"],
                ...["N=$NONE", "# A=two", "export M = $A", ""],
            ].join("\n"),
        },
        profiles: {
            "compose.yaml": "services: { a: { build: a, profiles: [x] }, b: { build: b } }",
        },
        "anchors and merges": {
            "compose.yaml":
                "x-b: &b { context: ctx, args: &args { A: 1, B: 2 } }\nx-s: &s { build: *b }\nservices:\n  a: { <<: *s }\n  b: { build: { <<: *b, target: t, args: { <<: *args, B: 3 } } }\n  c: *s\n",
        },
        "what !reset takes away": {
            "compose.yaml":
                "services: { a: { image: i, build: { context: a, target: t, args: { A: 1, B: 2 } } }, b: { image: b, build: b } }",
            "compose.override.yaml":
                "services: { a: { build: { target: !reset null, args: { A: !reset null } } }, b: { build: !reset null } }",
        },
        "what !override replaces": {
            "compose.yaml": "services: { a: { build: { context: a, target: t, args: { A: 1, B: 2 } } } }",
            "compose.override.yaml": "services: { a: { build: !override { context: z, args: { C: 1 } } } }",
        },
        "arguments that !override replaces": {
            "compose.yaml": "services: { a: { build: { context: a, args: { A: 1, B: 2 } } } }",
            "compose.override.yaml": "services: { a: { build: { args: !override { C: 1 } } } }",
        },
        "!reset of what is extended": {
            "compose.yaml":
                "services: { a: { extends: b, build: { target: !reset null } }, b: { build: { context: b, target: t } } }",
        },
        "several documents in one file": {
            "compose.yaml":
                "services: { a: { build: { context: a, target: t } } }\n---\nservices: { a: { build: { target: !reset null, args: { A: 1 } } } }\n",
        },
        variables: {
            "compose.yaml":
                "services: { a: { build: { context: './${A}', dockerfile: '${B:-D}${C-}', target: '${E:-${F:-x}}', args: { P: '$A-$${A}', Q: '${A:+yes}', R: '${Z+yes}', S: '${EMPTY:-d}', T: '${EMPTY-d}', U: 'a$/$' } } } }",
            ".env": "A=aa\nEMPTY=\n",
        },
        "a variable that nothing sets": {
            "compose.yaml": "services: { a: { build: { context: ., args: { P: 'x${NOTHING}y' } } } }",
        },
        "a URL as context": {
            "compose.yaml": "services: { a: { build: 'https://github.com/acme/x.git#main:sub' } }",
        },
        "a name that the last file sets, or the last document in it": {
            "compose.yaml": "name: one\nservices: { a: { image: a } }\n---\nname: Two.2\n",
            "compose.override.yaml": "services: { b: { build: b } }",
        },
        "a name that is made of variables": {
            "compose.yaml": "name: '${OWNER:-${NOBODY:-p}}-x'\nservices: { a: { image: a } }",
            "compose.override.yaml": "name: ''",
        },
        "a name of its .env, and no name of what it includes": {
            "compose.yaml": "name: own\ninclude: [sub.yaml]\nservices: { a: { image: a } }",
            "sub.yaml": "name: sub\nservices: { b: { image: b } }",
            ".env": "COMPOSE_PROJECT_NAME=env\n",
        },
        "an empty name in its .env": {
            "compose.yaml": "name: own\nservices: { a: { image: a } }",
            ".env": "COMPOSE_PROJECT_NAME=\n",
        },
        "names of images": {
            "compose.yaml":
                "x-i: &i { image: 'acme/${A:-${B:-c}}:$TAG' }\nservices:\n  a: { <<: *i, build: . }\n  b: { extends: a }\n  c: { extends: a, image: c }\n  d: { image: 'd$NOTHING', build: . }\n  e: { image: e, build: . }\n",
            "compose.override.yaml": "services: { d: { image: over }, e: { image: !reset null } }",
            ".env": "TAG=7\n",
        },
        "contexts beside the build's own": {
            "compose.yaml":
                "services:\n  a: { build: { context: a, additional_contexts: [x=../x, s=service:b, i=docker-image://i] } }\n  b: { extends: { file: sub/b.yaml, service: b } }\n",
            "compose.override.yaml":
                "services: { a: { build: { additional_contexts: { x: 'https://example.com/x', y: $Y } } } }",
            "sub/b.yaml": "services: { b: { build: { additional_contexts: { z: z } } } }",
            ".env": "Y=./y\n",
        },
        "keys without a value": {
            "compose.yaml": "services: { a: { build: { context: ., args: {A, B: 1} } }, b: { image: b } }",
            ".env": "A=from-env\n",
        },
        "extends in a file of another folder": {
            "compose.yaml":
                "include: [{ path: sub/a.yaml, project_directory: . }]\nservices: { z: { image: z } }",
            "sub/a.yaml":
                "services: { a: { extends: b }, b: { build: ./x }, c: { extends: { service: b, file: } } }",
        },
        "extends from another file, of a service of the same name that resets what it extends": {
            "compose.yaml": "services: { b: { extends: { file: base.yaml, service: b } } }",
            "base.yaml":
                "services: { b: { extends: c, build: { target: !reset null } }, c: { build: { context: c, target: t } } }",
        },
        "extends from another file, of two documents": {
            "compose.yaml": "services: { a: { extends: { file: base.yaml, service: b } } }",
            "base.yaml":
                "services: { b: { build: { context: c, target: t, args: { A: 1 } } } }\n---\nservices: { b: { build: { target: !reset null, args: { B: 1 } } } }\n",
        },
        "extends of a service that a variable names": {
            "compose.yaml": "services: { a: { extends: '${B:-b}' }, b: { image: x } }",
        },
        "an include of nothing": { "compose.yaml": "include:\nservices: { a: { image: x } }" },
        "an include without a path": {
            "compose.yaml": "include: [{ path: }, { path: [] }]\nservices: { a: { image: x } }",
        },
        "an include whose services it changes and resets, and services of its own": {
            "compose.yaml":
                "include: [sub.yaml]\nservices: { a: { image: x }, b: { build: { target: !reset null, args: { A: 1 } } }, c: { build: { target: t } } }",
            "sub.yaml":
                "services: { a: { image: y }, b: { build: { context: b, target: u } }, c: { build: { context: c, target: u } }, d: { image: d } }",
        },
        "an include of services that it resets or overrides as a whole": {
            "compose.yaml":
                "include: [sub.yaml]\nservices: { a: !reset null, b: !override { image: z }, c: { build: !override { context: x } } }",
            "sub.yaml":
                "services: { a: { image: y }, b: { image: y, build: b }, c: { build: { context: c, target: t } } }",
        },
        "items that !reset takes away": {
            "compose.yaml":
                "include: [!reset none.yaml, { path: sub/a.yaml, env_file: !reset none.env }, { path: [sub/b.yaml, !reset sub/c.yaml] }]\nservices: { a: { build: { context: a, args: [!reset A=1, B=2] } } }",
            "sub/a.yaml": "services: { b: { image: 'i$V' } }",
            "sub/b.yaml": "services: { c: { build: { context: c } } }",
            "sub/c.yaml": "services: { c: { build: { target: c } } }",
            "sub/.env": "V=1\n",
        },
        "what !reset takes away through aliases and merges": {
            "compose.yaml":
                "services: { a: { build: &b { context: a, target: t, dockerfile: d } }, b: { build: *b }, c: { build: *b } }",
            "compose.override.yaml":
                "x-b: &b { target: !reset null }\nservices: { a: { build: { <<: *b, args: { A: 1 } } }, b: { build: *b }, c: { build: { <<: { target: &r !reset null }, dockerfile: *r } } }",
        },
        "a context of which a variable is a part": {
            "compose.yaml": "services: { a: { build: { context: 'x${NOTHING}' } } }",
        },
        "contexts that only look like URLs": {
            "compose.yaml":
                "services: { a: { build: ./x/github.com/y }, b: { build: x/git@h }, c: { build: ./oci:d } }",
        },
        "variables in every form": {
            "compose.yaml":
                "services: { a: { build: { context: ., args: { A: '${N-d}', B: '${S+y}', C: '${S:?no}', D: '${E?no}', E: '${E+y}', F: '${E:+y}', G: '${N+y}x', H: '${N:-a}b', I: '${S?}', J: '$N$S', K: '${N:-{}}', L: '${s}$_' } } } }",
            ".env": "S=s\nE=\ns=small\n_=u\n",
        },
        "arguments of every plain form": {
            "compose.yaml": `services:\n  a:\n    build:\n      args:\n${plainScalars
                .trim()
                .split(/\s+/)
                .map((value, index) => `        A${index}: ${value}\n`)
                .join("")}        B: !!str 010\n`,
        },
        "more aliases than a hundred": {
            "compose.yaml": `x-a: &a x\nx-l: [${"*a, ".repeat(150)}]\nservices: { a: { image: *a } }`,
        },
        "services without a definition": {
            "compose.yaml": "services: { a: { image: x } }",
            "compose.override.yaml": "services: { a: }",
        },
    };
    for (const [title, texts] of Object.entries(cases)) {
        it(`has ${title}`, async () => {
            const files = ["compose.yaml", "compose.override.yaml"].filter((file) => file in texts);
            await agree(texts, ...files);
        });
    }

    it("has files of other folders that a .env names, by the first one's place and with its variables after those", async () => {
        const files = ["sub/compose.yaml", "other.yaml"];
        const root = projectOf({
            "sub/compose.yaml": "services: { a: { build: { context: .., args: { A: $A, B: $B } } } }",
            "sub/.env": "A=sub\nB=sub\n",
            "other.yaml": "services: { a: { build: { target: t } }, b: { build: b } }",
            ".env": `A=top\nCOMPOSE_FILE=${files.join(":")}\nCOMPOSE_PATH_SEPARATOR=:\n`,
        });
        const found = ours(root, files);
        expect(found)
            .to.have.nested.property("services.a.build.args")
            .that.deep.equals({ A: "top", B: "sub" });
        expect(found).to.deep.equal(decisive((await judge(root, [])) as Project));
    });

    for (const [title, texts] of Object.entries({
        "that extends itself": {
            "compose.yaml": "services: { a: { extends: b, build: . }, b: { extends: a } }",
        },
        "that includes itself": {
            "compose.yaml": "include: [sub.yaml]\nservices: { a: { build: . } }",
            "sub.yaml": "include: [compose.yaml]",
        },
        "that extends nothing": { "compose.yaml": "services: { a: { extends: b, build: . } }" },
        "of a file that isn't there": { "compose.yaml": "include: [sub.yaml]" },
        "that extends itself by another file": {
            "compose.yaml": "services: { a: { extends: { file: b.yaml, service: b } } }",
            "b.yaml": "services: { b: { extends: { file: compose.yaml, service: a } } }",
        },
        "that extends a file without anything": {
            "compose.yaml": "services: { a: { extends: { file: b.yaml, service: b } } }",
            "b.yaml": "",
        },
        "that is no YAML": { "compose.yaml": "services: [" },
        "that is no map": { "compose.yaml": "- services" },
        "that says something twice": { "compose.yaml": "services: { a: { image: x, image: y } }" },
        "with an alias of nothing": { "compose.yaml": "services: { a: { image: *nothing } }" },
        "with an alias in what it stands for": {
            "compose.yaml": "x-a: &a { b: [*a] }\nservices: { a: { image: x } }",
        },
        "with a merge of what is no map": { "compose.yaml": "services: { a: { <<: x, image: x } }" },
        "with half a variable": { "compose.yaml": "services: { a: { build: '${/x' } }" },
        ...Object.fromEntries(
            ["${AB", "${}", "${/x}", "${1A}", "${A b}", "${A!b}"].map((text) => [
                `with ${text}`,
                { "compose.yaml": `services: { a: { image: 'x${text}' } }` },
            ]),
        ),
    })) {
        it(`refuses one ${title}, as Compose does`, async () => {
            const root = projectOf(texts);
            expect(await judge(root, ["compose.yaml"])).to.be.a("string");
            expect(ours(root, ["compose.yaml"])).to.be.a("string");
        });
    }

    it("agrees over anything that these are made of", async () => {
        let accepted = 0;
        let refused = 0;
        const name = fc.constantFrom("a", "b", "c");
        const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
        const tagged = (value: fc.Arbitrary<string>) =>
            fc.tuple(fc.constantFrom("", "", "", "", "!override "), value).map(([tag, text]) => tag + text);
        const map = (entries: Readonly<Record<string, string | undefined>>): string =>
            `{ ${Object.entries(entries)
                .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]))
                .join(", ")} }`;
        const text = fc.constantFrom(
            "x",
            "'${SET}'",
            "'${UNSET:-d}'",
            "'p${SET-q}'",
            "'${EMPTY:-e}'",
            "!reset null",
        );
        const args = fc.oneof(
            fc
                .dictionary(
                    fc.constantFrom("A", "B", "SET"),
                    fc.oneof(text, fc.constant("1"), fc.constant("")),
                )
                .map(map),
            fc
                .uniqueArray(fc.constantFrom("A=1", "B=x=y", "SET", "'C=${SET}'", "NOTHING"), {
                    minLength: 1,
                })
                .map((items) => `[${items.join(", ")}]`),
        );
        const long = fc
            .record({
                context: optional(fc.constantFrom(".", "./x", "../y", "'${SET}'", "!reset null")),
                dockerfile: optional(text),
                target: optional(text),
                args: optional(tagged(args)),
                pull: optional(fc.constantFrom("true", "false", "!reset null")),
                additional_contexts: optional(
                    tagged(
                        fc.constantFrom("{ x: ../x, y: 'service:a' }", "[x=$SET, 'z=https://a.example/z']"),
                    ),
                ),
                "<<": optional(fc.constant("*build")),
            })
            .map(map);
        const build = fc.oneof(
            fc.constantFrom("./x", "y", "*build"),
            tagged(long),
            fc.constant("!reset null"),
        );
        const reference = fc.oneof(
            name,
            name.map((service) => `{ service: ${service} }`),
            name.map((service) => `{ service: ${service}, file: sub/base.yaml }`),
        );
        const service = fc
            .record({
                image: fc.constantFrom("i", "'r/${SET:-${UNSET-x}}:1'", "'i$UNSET'"),
                build: optional(build),
                extends: optional(
                    fc.oneof(
                        { weight: 2, arbitrary: fc.constant(undefined) },
                        { weight: 1, arbitrary: reference },
                    ),
                ),
                profiles: optional(fc.constant("[p]")),
            })
            .map(map);
        const anchors = "x-build: &build { context: anchored, target: t, args: { A: anchor } }\n";
        const named = fc.constantFrom("", "", "name: p\n", "name: '${SET:-x}'\n", "name: 'p-${UNSET:-q}'\n");
        const plain = fc
            .tuple(named, fc.dictionary(name, service, { minKeys: 1, maxKeys: 3 }))
            .map(([project, services]) => `${project}${anchors}services: ${map(services)}\n`);
        const file = fc
            .tuple(
                plain,
                optional(fc.constantFrom("[sub/inc.yaml]", "[{ path: sub/inc.yaml, project_directory: . }]")),
            )
            .map(([body, include]) => (include === undefined ? body : `include: ${include}\n${body}`));
        const base = fc
            .tuple(optional(build), optional(build), optional(build))
            .map(
                ([a, b, c]) =>
                    `${anchors}services: { a: ${map({ image: "i", build: a })}, b: ${map({ image: "i", build: b, extends: "a" })}, c: ${map({ image: "i", build: c })} }\n`,
            );
        const included = fc
            .tuple(optional(build), optional(build))
            .map(
                ([a, d]) =>
                    `${anchors}services: { d: ${map({ image: "i", build: d })}, e: ${map({ image: "i", build: a })} }\n`,
            );
        const project = fc.record({ main: file, over: optional(plain), base, included });
        await fc.assert(
            fc.asyncProperty(fc.array(project, { minLength: 4, maxLength: 4 }), async (projects) => {
                // Side by side, for Compose takes a while to start.
                await Promise.all(
                    projects.map(async ({ main, over, base: common, included: other }) => {
                        const texts = {
                            "compose.yaml": main,
                            ...(over !== undefined && { "compose.override.yaml": over }),
                            "sub/base.yaml": common,
                            "sub/inc.yaml": other,
                            ".env": "SET=value\nEMPTY=\n",
                            "sub/.env": "SET=sub\n",
                        };
                        const root = projectOf(texts);
                        const files = [
                            "compose.yaml",
                            ...(over === undefined ? [] : ["compose.override.yaml"]),
                        ];
                        const judged = await judge(root, files);
                        if (typeof judged === "string") {
                            refused++;
                            return;
                        }
                        accepted++;
                        expect(ours(root, files), JSON.stringify(texts, undefined, 1)).to.deep.equal(
                            decisive(judged),
                        );
                    }),
                );
            }),
            { numRuns: 6 },
        );
        // Half of them are, by chance.
        expect(accepted, `${refused} were refused`).to.be.greaterThan(0);
    });
});
