import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { pushedImage } from "../../../../components/resources/pushedImage/implementation.ts";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { engineFor, standInDocker } from "../../../support/docker.ts";
import { contextIn } from "../../../support/context.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { digest, inputsFor, labelledImages, standIns } from "./standIn.ts";

const other = `sha256:${"cd".repeat(32)}`;

describe("PushedImage", () => {
    const folder = temporaryFolders();
    const surroundings = standIns();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    async function messageOf(work: Promise<unknown> | undefined): Promise<string> {
        return Promise.resolve(work).then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
    }

    describe("changes", () => {
        const state = { ...inputsFor("localhost:5050"), digest };
        const isChangedBy = async (news: Partial<Inputs>) =>
            (await pushedImage.diff(state, { ...inputsFor("localhost:5050"), ...news }, contextIn("/")))
                .changes;

        for (const news of [
            { context: ".foundation/context/dev/content-2" },
            { buildArgs: {} },
            { target: "slim" },
            { platforms: ["linux/arm64"] },
            { rebuild: "2026-11" },
            { attest: ["sbom"] },
            { server: "acme.azurecr.io" },
            { repository: "foundation" },
            { tag: "content-2" },
            { channel: "stable" },
            { instance: "instance-2" },
            { dockerfile: ".foundation/context/dev/content-2.Dockerfile" },
            { parents: [{ repository: "base", digest: other, contexts: [] }] },
            { secrets: { pip: { env: "PIP" } } },
            { ssh: ["default"] },
            { extraHosts: { a: "10.0.0.1" } },
            { buildContexts: { a: "docker-image://b" } },
            { labels: { a: "b" } },
            // Published before it was to be locked, or before it had to be.
            { lock: true },
            { lock: "required" },
        ] satisfies Partial<Inputs>[]) {
            it(`with another ${Object.keys(news).join()}`, async () => {
                expect(await isChangedBy(news)).to.equal(true);
            });
        }

        for (const news of [
            {},
            { target: undefined },
            { builder: "remote" },
            { cache: { from: [], to: ["type=local,dest=/x"] } },
            { source: "base/Dockerfile" },
            { section: "images.base" },
            { pushServer: "localhost:5052" },
            { username: "another", password: "another password" },
            { pushUsername: "another", pushPassword: "another password" },
        ] satisfies Partial<Inputs>[]) {
            it(`not with another ${Object.keys(news).join(" and ") || "run of the same program"}`, async () => {
                expect(await isChangedBy(news)).to.equal(false);
            });
        }
    });

    it("is refused in a preview without its secrets, where it would be built, and nowhere else", async () => {
        const { root, inputs } = await surroundings();
        const asked = { ...inputs, secrets: { pip: { env: "NO_SUCH" } }, source: "java/Dockerfile" };
        expect(await pushedImage.check?.({}, asked, contextIn(root))).to.deep.equal([
            "java/Dockerfile: pip: the variable NO_SUCH is not set; set it",
        ]);
        expect(await pushedImage.check?.(asked, asked, contextIn(root))).to.deep.equal([]);
        expect(await pushedImage.check?.({}, inputs, contextIn(root))).to.deep.equal([]);
    });

    describe("in a preview, by the engine's own builder", () => {
        const docker = standInDocker(folder);
        const classic = { DriverStatus: [["Backing Filesystem", "extfs"]] };
        const containerd = { DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] };
        const refusals = async (info: object, asked: Partial<Inputs>) => {
            const { calls } = docker([], [engineFor("amd64"), { path: "/info", body: info }]);
            const inputs = { ...inputsFor("localhost:5050"), ...asked };
            const found = (await pushedImage.check?.({}, inputs, contextIn(folder()))) ?? [];
            return { found, calls: calls() };
        };
        const several = { platforms: ["linux/amd64", "linux/arm64"] };

        for (const [title, asked, said] of [
            [
                "several platforms",
                several,
                /^the Docker engine's builder can't build for several platforms; /,
            ],
            ["attestations", { attest: ["provenance"] }, /can't make what foundation:attest asks for; /],
            [
                "attestations for one platform",
                { platforms: ["linux/arm64"], attest: ["sbom"] },
                /can't make what foundation:attest asks for; /,
            ],
        ] as const) {
            it(`refuses ${title} where it can't make them, as with the classic image store`, async () => {
                const { found } = await refusals(classic, asked);
                expect(found).to.have.length(1);
                expect(found[0]).to.match(said).and.include("docker buildx create");
                expect((await refusals(containerd, asked)).found).to.deep.equal([]);
            });
        }

        it("takes one platform, and starts no other builder to ask it", async () => {
            expect((await refusals(classic, { platforms: ["linux/arm64"] })).found).to.deep.equal([]);
            const named = await refusals(classic, { ...several, builder: "remote" });
            expect(named).to.deep.equal({ found: [], calls: [] });
        });
    });

    it("keeps no value of a secret, whose change alone is none", () => {
        expect(pushedImage.withheld).to.deep.equal(["secretValues"]);
    });

    it("has the digest of the push, once developers find it in the registry", async () => {
        const { root, inputs, builds } = await surroundings();
        const { id, state } = await pushedImage.create(inputs, contextIn(root));
        expect(id).to.equal(`${inputs.server}/team/foundation`);
        expect(state).to.deep.equal({ ...inputs, digest });
        expect(builds()).to.equal(1);
    });

    it("leaves no tag of its own of the push in the engine, and those of images that are pushed meanwhile", async () => {
        const door = "localhost:5051/team";
        const names = [
            "foundation:content-0",
            "foundation:content-1",
            "foundation-java:content-1",
            "node:latest",
        ];
        const { root, inputs, noted } = await surroundings({
            images: names.map((name) => `${door}/${name}`),
        });
        await pushedImage.create({ ...inputs, pushServer: "localhost:5051" }, contextIn(root));
        expect(noted("removed")).to.equal(
            `image rm ${door}/foundation:content-0 ${door}/foundation:content-1\n`,
        );
    });

    it("is not published when developers find another image under its tag", async () => {
        const { root, inputs } = await surroundings({ pushed: other });
        expect(await messageOf(pushedImage.create(inputs, contextIn(root)))).to.match(
            new RegExp(
                `/team/foundation:content-1 should be ${digest} after the push.*found ${other} as puller`,
            ),
        );
    });

    it("says in a sentence that the registry is silent after the push, or lets nobody in", async () => {
        const refusing = await surroundings({ refusal: 403 });
        const { root, inputs } = await surroundings();
        for (const [server, said] of [
            ["127.0.0.1:1", /127\.0\.0\.1:1 does not answer/],
            [refusing.inputs.server, /refuses the login of puller/],
        ] as const) {
            const message = await messageOf(pushedImage.create({ ...inputs, server }, contextIn(root)));
            expect(message).to.match(/^the image was pushed, but puller can't see it in .*; see that/);
            expect(message).to.match(said);
        }
        const { state } = await pushedImage.create(inputs, contextIn(root));
        expect(state).to.include({ digest });
    });

    for (const [given, metadata] of [
        ["no digest", "{}"],
        ["a part of one", '{"containerimage.digest":"sha256:1"}'],
        ["more than one", `{"containerimage.digest":"${digest} x"}`],
        ["one with its image", `{"containerimage.digest":"x@${digest}"}`],
    ] as const) {
        it(`is not published when the push gives ${given}`, async () => {
            const { root, inputs } = await surroundings({ script: "exec true" });
            fs.writeFileSync(
                path.join(root, "bin", "docker"),
                `#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && echo '${metadata}' > "$2"; shift; done\n`,
            );
            expect(
                await messageOf(pushedImage.create({ ...inputs, builder: "b" }, contextIn(root))),
            ).to.match(/^the push gave no digest/);
        });
    }

    describe("that is updated", () => {
        const there = { "content-1": digest, latest: digest };

        it("isn't built where both tags are there already", async () => {
            const { root, inputs, builds } = await surroundings({ tags: there });
            const state = { ...inputs, digest, instance: "another" };
            expect(await pushedImage.update?.(state, inputs, contextIn(root))).to.deep.equal({
                ...inputs,
                digest,
            });
            expect(builds()).to.equal(0);
        });

        it("isn't built where version 0.1 has built it of the same content, and it is there", async () => {
            const { root, inputs, builds } = await surroundings({ tags: there });
            const old = { context: { location: inputs.context }, digest };
            const updated = await pushedImage.update?.(old as never, inputs, contextIn(root));
            expect(updated).to.deep.equal({ ...inputs, digest });
            expect(builds()).to.equal(0);
        });

        it("is built where version 0.1 has built other content under a tag that was fixed by hand", async () => {
            const { root, inputs, builds } = await surroundings({ tags: { fixed: digest, latest: digest } });
            const old = { context: { location: ".foundation/context/dev/content-0" }, digest };
            await pushedImage.update?.(old as never, { ...inputs, tag: "fixed" }, contextIn(root));
            expect(builds()).to.equal(1);
        });

        for (const [title, tags] of [
            ["neither tag is there", {}],
            ["the channel has moved", { ...there, latest: other }],
            ["the tag has moved", { ...there, "content-1": other }],
        ] as const) {
            it(`is built where ${title}`, async () => {
                const { root, inputs, builds } = await surroundings({ tags });
                await pushedImage.update?.(
                    { ...inputs, digest, instance: "another" },
                    inputs,
                    contextIn(root),
                );
                expect(builds()).to.equal(1);
            });
        }

        const builtOn = (parent: string) => ({
            parents: [{ repository: "base", digest: parent, contexts: [] }],
        });
        for (const [title, before, after] of [
            ["with other attestations", { attest: ["sbom"] }, {}],
            ["on another image", builtOn(other), builtOn(digest)],
        ] as const) {
            it(`is built where it would become another image, ${title}, whatever the tags say`, async () => {
                const { root, inputs, builds } = await surroundings({ tags: there });
                const state = { ...inputs, digest, ...before };
                await pushedImage.update?.(state, { ...inputs, ...after }, contextIn(root));
                expect(builds()).to.equal(1);
            });
        }

        it("isn't built where its state only doesn't say that it is built on no other", async () => {
            const { root, inputs, builds } = await surroundings({ tags: there });
            await pushedImage.update?.({ ...inputs, digest }, { ...inputs, parents: [] }, contextIn(root));
            expect(builds()).to.equal(0);
        });
    });

    describe("in a registry that others push to as well", () => {
        const tag = "content-0123456789ab";
        const labelled = labelledImages();

        it("doesn't push over what it knows nothing of", async () => {
            const { root, inputs, builds } = await surroundings({ tags: { "content-1": other } });
            const created = pushedImage.create({ ...inputs, shared: true }, contextIn(root));
            expect(await messageOf(created)).to.match(
                new RegExp(`is there already .* found ${other}, of which this stack knows nothing; `),
            );
            expect(builds()).to.equal(0);
        });

        for (const [title, last] of [
            ["in another registry", { server: "localhost:1" }],
            ["in another repository", { repository: "foundation" }],
            ["under another tag", { tag: "content-2" }],
            ["by version 0.1", { context: { location: ".foundation/context/dev/content-1" } }],
        ] as const) {
            it(`takes nothing there for what it has published ${title}`, async () => {
                const { root, inputs, builds } = await surroundings({ tags: { "content-1": digest } });
                const state = "context" in last ? { ...last, digest } : { ...inputs, digest, ...last };
                const updated = pushedImage.update?.(
                    state as never,
                    { ...inputs, shared: true },
                    contextIn(root),
                );
                expect(await messageOf(updated)).to.include("of which this stack knows nothing");
                expect(builds()).to.equal(0);
            });
        }

        it("is pushed over what it has published itself, where it is to be another image", async () => {
            const { root, builds } = await surroundings();
            const { inputs, digest } = await labelled(tag, tag, "latest");
            const news = { ...inputs, shared: true };
            // It isn't proven then, for no build puts anything into this registry.
            await messageOf(pushedImage.update?.({ ...news, digest, target: "slim" }, news, contextIn(root)));
            expect(builds()).to.equal(1);
        });

        it("moves its channel back to what it has published itself, and builds nothing", async () => {
            const { root, builds } = await surroundings();
            const { inputs, digest, put } = await labelled(tag, tag);
            const news = { ...inputs, shared: true };
            expect(await pushedImage.update?.({ ...news, digest }, news, contextIn(root))).to.deep.equal({
                ...news,
                digest,
            });
            expect(put).to.deep.equal([`latest application/x ${digest}`]);
            expect(builds()).to.equal(0);
        });
    });

    describe("whose tag is to be locked", () => {
        const changes = ({ asked }: { readonly asked: readonly string[] }) =>
            asked.filter((question) => question.startsWith("PATCH"));
        const publish = async (lockRefusal?: number) => {
            const around = await surroundings(lockRefusal === undefined ? {} : { lockRefusal });
            const said: string[] = [];
            const context = {
                ...contextIn(around.root),
                info: (text: string) => Promise.resolve(void said.push(text)),
            };
            const { state } = await pushedImage.create({ ...around.inputs, lock: true }, context);
            expect(state.digest).to.equal(digest);
            return { ...around, said };
        };

        it("is unlocked for the push, and locked once it is proven; the channel never is", async () => {
            const { said, ...around } = await publish();
            const tag = "/acr/v1/team/foundation/_tags/content-1";
            expect(changes(around)).to.deep.equal([
                `PATCH ${tag} {"writeEnabled":true}`,
                `PATCH ${tag} {"writeEnabled":false}`,
            ]);
            expect(around.asked.at(-1)).to.equal(`PATCH ${tag} {"writeEnabled":false}`);
            expect(said).to.deep.equal([]);
        });

        for (const status of [403, 500]) {
            it(`is published all the same where it can't be locked (${status}), and says so`, async () => {
                const { said } = await publish(status);
                expect(said.join()).to.match(
                    /^team\/foundation:content-1 is published but not locked, so .* \(127.*\); give .*`pulumi config set lockTags false`$/,
                );
            });
        }

        it("is no change once it is, nor when that is no longer asked for", async () => {
            const state = { ...inputsFor("localhost:5050"), digest, lock: true };
            for (const lock of [{ lock: true }, {}]) {
                const news = { ...inputsFor("localhost:5050"), ...lock };
                expect((await pushedImage.diff(state, news, contextIn("/"))).changes).to.equal(false);
            }
        });

        it("is locked where it was published without, and not pushed again", async () => {
            const tags = { "content-1": digest, latest: digest };
            const { root, inputs, builds, ...around } = await surroundings({ tags });
            const locked = { ...inputs, lock: true };
            const updated = await pushedImage.update?.({ ...inputs, digest }, locked, contextIn(root));
            expect(updated).to.deep.equal({ ...locked, digest });
            expect(builds()).to.equal(0);
            expect(changes(around)).to.deep.equal([
                'PATCH /acr/v1/team/foundation/_tags/content-1 {"writeEnabled":false}',
            ]);
        });

        it("is locked again where the push fails, for what was published may be in use", async () => {
            const { root, inputs, ...around } = await surroundings({ script: "exit 1" });
            const failed = pushedImage.create({ ...inputs, lock: true }, contextIn(root));
            expect(await messageOf(failed)).to.not.equal("none");
            expect(changes(around).at(-1)).to.include('{"writeEnabled":false}');
        });

        it("is locked again where the user interrupts the push", async () => {
            const interrupted = new AbortController();
            const interrupt = (): void => {
                interrupted.abort();
            };
            process.on("SIGUSR2", interrupt);
            const { root, inputs, ...around } = await surroundings({
                script: "kill -USR2 $PPID; exec sleep 20",
            });
            const context = contextIn(root, [], interrupted.signal);
            const failed = pushedImage.create({ ...inputs, lock: true }, context);
            expect(await messageOf(failed)).to.include("interrupted");
            process.off("SIGUSR2", interrupt);
            expect(changes(around).at(-1)).to.include('{"writeEnabled":false}');
        });

        it("isn't published without its lock where that is required, and says what to do", async () => {
            const { root, inputs } = await surroundings({ lockRefusal: 403 });
            const failed = pushedImage.create({ ...inputs, lock: "required" }, contextIn(root));
            expect(await messageOf(failed)).to.match(
                /^team\/foundation:content-1 can't be locked \(127.* answers with 403\), and .* so it isn't given to anybody; give the deploying identity the right to lock tags, as Contributor has it .*, or `pulumi config rm purgeAfterDays`; then `pulumi up`$/,
            );
        });

        it("is neither locked nor unlocked in any other registry", async () => {
            const around = await surroundings();
            const { state } = await pushedImage.create(around.inputs, contextIn(around.root));
            await pushedImage.update?.(
                { ...state, instance: "another" },
                around.inputs,
                contextIn(around.root),
            );
            expect(around.builds()).to.equal(1);
            expect(changes(around)).to.deep.equal([]);
        });
    });

    describe("that moves to another registry", () => {
        const move = async (
            last: Partial<Inputs>,
            script?: string,
            news: Partial<Inputs> = {},
            tags: Readonly<Record<string, string>> = { [digest]: digest },
        ) => {
            const from = await surroundings({ tags });
            const to = await surroundings(script === undefined ? {} : { script });
            const state = { ...from.inputs, digest, repository: "foundation", ...last };
            const said: string[] = [];
            const shown: string[] = [];
            const context = {
                ...contextIn(to.root, said),
                progress: (line: string) => void shown.push(line),
            };
            const auths = { "unrelated.example": { auth: btoa("me:secret") } };
            fs.writeFileSync(path.join(to.users, "config.json"), JSON.stringify({ auths }));
            const inputs = { ...to.inputs, ...news };
            const updated = await pushedImage.update?.(state, inputs, context);
            expect(updated).to.deep.equal({ ...inputs, digest });
            return { ...to, state, said, shown };
        };

        it("is copied from where it was, with both logins, and keeps its digest", async () => {
            const { state, inputs, args, config, said } = await move({});
            expect(args()).to.deep.equal([
                ...["buildx", "imagetools", "create", "--builder", "the-context", "--progress", "plain"],
                "--prefer-index=false",
                ...["--tag", `${inputs.server}/team/foundation:content-1`],
                ...["--tag", `${inputs.server}/team/foundation:latest`],
                `${state.server}/foundation@${digest}`,
            ]);
            expect(config()["auths"]).to.deep.equal({
                [state.server]: { auth: btoa("puller:the pull password") },
                [inputs.server]: { auth: btoa("pusher:the push password") },
            });
            expect(said).to.deep.equal([
                `copied from ${state.server}/foundation, where it was published before`,
            ]);
        });

        it("is copied with an image that it is built on, which may have another name there", async () => {
            const parent = (repository: string) => ({
                parents: [{ repository, digest: other, contexts: ["base"] }],
            });
            const { args } = await move(parent("base"), undefined, parent("acme/base"));
            expect(args()).to.include("imagetools").and.not.include("build");
        });

        it("shows how far the copy is, and nothing once it is there", async () => {
            const { shown } = await move({}, 'echo "#1 pushing"');
            expect(shown).to.deep.equal(["#1 pushing", ""]);
        });

        it("leaves nothing of the configuration that it was copied with", async () => {
            const { root } = await move({});
            expect(fs.readdirSync(path.join(root, ".foundation/docker"))).to.deep.equal([]);
        });

        it("is built where it isn't there any more, and says so", async () => {
            const { args, state, said } = await move({}, undefined, {}, {});
            expect(args()).to.include("build").and.not.include("imagetools");
            expect(said).to.deep.equal([
                `can't be copied from ${state.server}/foundation (it isn't there any more), so it is built`,
            ]);
        });

        it("is built where its old registry is gone, and says so", async () => {
            const { args, state, said } = await move({ repository: "foundation", server: "127.0.0.1:1" });
            expect(args()).to.include("build").and.not.include("imagetools");
            expect(said.join()).to.match(
                /^can't be copied from 127\.0\.0\.1:1\/foundation \(127\.0\.0\.1:1 does not answer \(.*\)\), so it is built$/,
            );
            expect(state.server).to.equal("127.0.0.1:1");
        });

        it("is not built for a fault that is no registry's", async () => {
            expect(await messageOf(move({ server: "no host" }))).to.equal("Invalid URL");
        });

        for (const [title, printed, reason] of [
            ["in buildx's last words", "ERROR: new.example: 403 Forbidden\n\n", "new.example: 403 Forbidden"],
            ["also where the registry says ERROR", "new.example: ERROR: 403", "new.example: ERROR: 403"],
            ["also where buildx says nothing", "", "buildx doesn't say why"],
        ] as const) {
            it(`is built where the copy fails, and says why, ${title}`, async () => {
                const fails = `[ "$2" = imagetools ] && echo "${printed}" && exit 1`;
                const { args, state, said } = await move({}, fails);
                expect(args()).to.include("build");
                expect(said).to.deep.equal([
                    `can't be copied from ${state.server}/foundation (${reason}), so it is built`,
                ]);
            });
        }

        it("is built where buildx is too old to copy, and says so", async () => {
            const fails = [
                '[ "$2" = imagetools ]',
                'echo "unknown flag: --prefer-index"',
                `echo "See 'docker buildx imagetools create --help'."`,
                "exit 1",
            ];
            const { args, state, said } = await move({}, fails.join(" && "));
            expect(args()).to.include("build");
            expect(said).to.deep.equal([
                `can't be copied from ${state.server}/foundation (this buildx is too old for it), so it is built`,
            ]);
        });

        it("is built where it would become another image", async () => {
            const { args, said } = await move({ target: "slim" });
            expect(args()).to.include("build");
            expect(said).to.deep.equal([]);
        });
    });

    it("takes the stack's copies of the build context along when it goes", async () => {
        const root = folder({
            ".foundation/context/dev/content-1/Dockerfile": "FROM scratch\n",
            ".foundation/context/prod/content-1/Dockerfile": "FROM scratch\n",
        });
        await pushedImage.delete?.({ ...inputsFor("localhost:5050"), digest }, contextIn(root));
        expect(fs.readdirSync(path.join(root, ".foundation/context"))).to.deep.equal(["prod"]);
    });
});
