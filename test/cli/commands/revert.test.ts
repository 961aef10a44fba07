import { expect } from "chai";
import { run } from "../../../cli/commands/revert.ts";
import { Problem } from "../../../components/problem.ts";
import { commandSetting } from "../../support/commandSetting.ts";
import { engineFor, plainEngine, type Answer, type EngineAnswer } from "../../support/docker.ts";

describe("foundation revert", function () {
    this.timeout(60_000);
    const { docker, setEnvironment, output, clone: cloneWith } = commandSetting();

    const name = "localhost:5050/foundation";
    const image = `${name}:1`;
    const digest = `sha256:${"1".repeat(64)}`;

    interface Image {
        readonly id: string;
        readonly tags: readonly string[];
        readonly digests?: readonly string[];
        readonly project?: string;
    }
    const official: Image = { id: "sha256:official", tags: [image], digests: [`${name}@${digest}`] };
    const override: Image = { id: "sha256:own", tags: [image], project: "foundation" };
    const other: Image = { id: "sha256:other", tags: [`${name}:latest`], project: "foundation" };

    /** What the engine says of its images. */
    function has(images: readonly Image[], after?: string): EngineAnswer[] {
        const once = after === undefined ? {} : { after };
        const list = images.map(({ id, tags, digests = [], project }) => {
            const labels = project === undefined ? {} : { "com.docker.compose.project": project };
            return { Id: id, RepoTags: tags, RepoDigests: digests, Labels: labels };
        });
        const each = images.flatMap(({ id }) => {
            const platform = { Os: "linux", Architecture: "amd64", Metadata: {} };
            return [
                { path: `/images/${id}/json`, body: { RootFS: { Layers: [id] }, ...platform } },
                { path: `/images/${id}/history`, body: [] },
            ];
        });
        return [{ path: "/images/json", body: list, ...once }, ...each];
    }
    const compose: Answer = { to: "compose version *", prints: "2.40.0" };
    const pull: Answer = { to: "compose pull" };
    const removes: Answer = { to: "image rm *" };
    const clone = () => cloneWith({ image, digest });
    const effects = (calls: readonly string[]): string[] =>
        calls.filter((call) => /^(compose pull|image rm)/.test(call));

    it("pulls the official one, and removes the override that has lost its name", async () => {
        const { calls } = docker(
            [compose, pull, removes],
            [...has([official, other], "compose pull"), ...has([override, other]), ...plainEngine],
        );
        expect(await run({ clone: clone(), options: {} })).to.equal(0);
        expect(effects(calls())).to.deep.equal([
            "compose pull",
            "image rm sha256:own",
            `image rm ${name}:latest`,
        ]);
        expect(output()).to.equal(
            [
                "Pull",
                `  ${image} (docker compose pull in foundation/)`,
                "Remove",
                "  sha256:own: your own, which the pull leaves without a name",
                `  ${name}:latest: your own, under a name that the registry has too`,
                "Done: the next build of every app starts from the official foundation.",
            ].join("\n"),
        );
    });

    it("says that what is here is for another platform than Docker runs", async () => {
        docker([compose], [engineFor("arm64"), ...has([official]), ...plainEngine]);
        expect(await run({ clone: clone(), options: {}, flags: ["dry-run"] })).to.equal(0);
        expect(output()).to.match(
            /^! the foundation here is for linux\/amd64, and Docker runs linux\/arm64; get the right one with `cd foundation && docker compose pull`$/m,
        );
    });

    it("only says what it would do, when asked for that", async () => {
        const { calls } = docker([compose], [...has([override]), ...plainEngine]);
        expect(await run({ clone: clone(), options: {}, flags: ["dry-run"] })).to.equal(0);
        expect(effects(calls())).to.deep.equal([]);
        expect(output()).to.match(/^Pull\n.*\nRemove\n {2}sha256:own: .*$/);
    });

    it("removes nothing when the official one can't be pulled", async () => {
        const { calls } = docker([compose, { ...pull, fails: "" }], [...has([override]), ...plainEngine]);
        const error: unknown = await run({ clone: clone(), options: {} }).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(Problem);
        expect(String(error)).to.include("can't be pulled, and nothing was removed");
        expect(effects(calls())).to.deep.equal(["compose pull"]);
    });

    it("removes nothing when what was pulled is not what was published", async () => {
        const moved = { ...official, digests: [`${name}@sha256:2`] };
        const { calls } = docker(
            [compose, pull],
            [...has([moved], "compose pull"), ...has([override]), ...plainEngine],
        );
        expect(await run({ clone: clone(), options: {} })).to.equal(1);
        expect(effects(calls())).to.deep.equal(["compose pull"]);
        expect(output()).to.match(
            /Not done: what was pulled is not what was published under this tag, and nothing was/,
        );
    });

    it("names what stays, and says nothing of what is gone already", async () => {
        docker(
            [
                compose,
                pull,
                { to: "image rm sha256:own", fails: "Error: No such image: sha256:own" },
                { to: "image rm *", fails: "conflict: a container uses it" },
            ],
            [...has([official], "compose pull"), ...has([override, other]), ...plainEngine],
        );
        expect(await run({ clone: clone(), options: {} })).to.equal(0);
        expect(output()).to.include(`Not removed\n  ${name}:latest: conflict: a container uses it\nDone: `);
    });

    it("is not done while the next build of an app starts from another", async () => {
        const here = clone();
        setEnvironment("FOUNDATION_IMAGE", `${name}:mine`);
        docker([compose, pull], [...has([official]), ...plainEngine]);
        expect(await run({ clone: here, options: {} })).to.equal(1);
        expect(output()).to.include(
            "Not done: the next build of apps/one does not start from the official foundation",
        );
    });
});
