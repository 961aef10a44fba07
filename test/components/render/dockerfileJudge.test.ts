// What BuildKit itself makes of the Dockerfiles that we read.
import { expect } from "chai";
import fc from "fast-check";
import { readDockerfile, type FoundationUse } from "../../../components/render/dockerfile.ts";
import { DockerfileError, parseDockerfile } from "../../../components/render/dockerfileSyntax.ts";
import { familiarReference } from "../../../components/render/imageReference.ts";
import { cases, type Case } from "./dockerfileJudge/cases.ts";
import { startJudge, type Answer, type Judge } from "./dockerfileJudge/judge.ts";

const numRuns = Number(process.env["DOCKERFILE_CASES"] ?? 400);
const foundation = {
    name: "foundation",
    argument: "FOUNDATION_IMAGE",
    replaces: ["acme.azurecr.io/base", "localhost:5000/foundation"],
};
const reference = `registry.example:5050/foundation:content-1@sha256:${"f".repeat(64)}`;

describe("a Dockerfile, judged by BuildKit", function () {
    this.timeout(600_000);
    let judge: Judge;
    let close: (() => void) | undefined;

    before(async function () {
        const started = await startJudge();
        if (started === undefined) return this.skip();
        judge = started;
        close = () => {
            started.close();
        };
    });

    after(() => {
        close?.();
    });

    it("has the instructions that BuildKit finds", () =>
        check(async ({ dockerfile }) => {
            const { unparsable, error, instructions } = await judge.ask({
                dockerfile,
                architecture: "amd64",
            });
            const own = instructionsOf(dockerfile);
            // We may refuse what BuildKit refuses, or leave the refusal to the build.
            if (unparsable !== undefined || (own === undefined && error !== undefined)) return;
            expect(own).to.deep.equal(instructions);
        }));

    it("uses the images that BuildKit asks for", () =>
        check(async (built) => {
            const answers = await buildEverywhere(built);
            if (answers.some(({ error }) => error !== undefined)) return;
            const reading = readDockerfile(built.dockerfile, {
                foundations: [],
                stages: built,
                args: built.args,
            });
            if ("problems" in reading) throw new Error(reading.problems.join("\n"));
            const own = reading.images
                .flatMap(({ image }) => image ?? [])
                .filter((image) => image !== "scratch");
            expect([...new Set(own.map(familiarReference))].sort()).to.deep.equal(
                [...new Set(answers.flatMap(({ images }) => images))].sort(),
            );
        }));

    it("gets the foundation from the build that we emit, and nowhere else", () =>
        check(async (built) => {
            const reading = readDockerfile(built.dockerfile, {
                foundations: [foundation],
                stages: built,
                args: built.args,
            });
            if ("problems" in reading) return;
            const use = reading.uses.get(foundation.name);
            const answers = await buildEverywhere(built, use ?? { buildArg: false, contexts: [] });
            if (answers.some(({ error }) => error !== undefined)) return;
            const asked = answers.flatMap(({ images }) => images);
            expect(asked.includes(reference)).to.equal(use !== undefined);
            expect(
                asked.filter((image) =>
                    /^(foundation|(acme.azurecr.io\/base|localhost:5000\/foundation)(:.*)?)$/.test(image),
                ),
            ).to.deep.equal([]);
        }));

    async function check(property: (built: Case) => Promise<void>): Promise<void> {
        await fc.assert(fc.asyncProperty(cases(), property), { numRuns });
    }

    /** For two platforms, for a Dockerfile may depend on that. */
    async function buildEverywhere(
        { dockerfile, target, args }: Case,
        use?: FoundationUse,
    ): Promise<Answer[]> {
        const contexts = Object.fromEntries((use?.contexts ?? []).map((name) => [name, reference]));
        const given = use?.buildArg === true ? { ...args, FOUNDATION_IMAGE: reference } : args;
        const ask = (architecture: string): Promise<Answer> =>
            judge.ask({ dockerfile, architecture, target, args: given, contexts });
        return [await ask("amd64"), await ask("arm64")];
    }
});

function instructionsOf(dockerfile: string): { line: number; keyword: string }[] | undefined {
    try {
        return parseDockerfile(dockerfile).instructions.map(({ line, keyword }) => ({ line, keyword }));
    } catch (error) {
        if (error instanceof DockerfileError) return undefined;
        throw error;
    }
}
