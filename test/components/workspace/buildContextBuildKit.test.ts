// BuildKit's own word on what a build gets. It needs the engine. CONTEXT_CASES=1000 tries more, and others each time.
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { engineBuilder } from "../../../components/docker/builder.ts";
import fc from "fast-check";
import { attempt, Problem } from "../../../components/problem.ts";
import { listContext } from "../../../components/workspace/buildContext.ts";
import { contextCases, writeContext, type ContextCase } from "../../support/contextCases.ts";
import { temporaryFolders } from "../../support/folder.ts";

const more = process.env["CONTEXT_CASES"];
/** Each is a layer, of which overlayfs takes no more than 128. */
const batchSize = 100;

describe("BuildKit", function () {
    this.timeout(more === undefined ? 120_000 : 3_600_000);
    const folder = temporaryFolders();

    /** What a build of `FROM scratch`, `COPY . /` with each context comes to, folders with a `/` at their end. */
    async function built(contexts: readonly string[]): Promise<string[][]> {
        const output = folder();
        const recipe = contexts.map((_, index) => `COPY --from=c${index} . /${index}/`);
        const main = folder({ Dockerfile: ["FROM scratch", ...recipe].join("\n") });
        const builder = await engineBuilder(AbortSignal.timeout(10_000));
        await promisify(execFile)("docker", [
            ...["buildx", "build", "--quiet", "--builder", builder],
            ...["--output", `type=local,dest=${output}`],
            ...contexts.flatMap((context, index) => ["--build-context", `c${index}=${context}`]),
            main,
        ]);
        return contexts.map((_, index) => entriesBelow(path.join(output, String(index))));
    }

    /** The same of our list. */
    function listed(context: string): string[] {
        const places = listContext(context).flatMap(({ path: file, kind }) => {
            const parts = file.split("/");
            const folders = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join("/")}/`);
            return [...folders, kind === "folder" ? `${file}/` : file];
        });
        return [...new Set(places)].sort();
    }

    function inFolder(context: ContextCase): string {
        const place = folder();
        writeContext(place, context);
        return place;
    }

    it("gets what is listed of a context", async () => {
        const count = Number(more ?? 20);
        const options = { numRuns: count, ...(more === undefined && { seed: 20 }) };
        const cases = [false, true]
            .flatMap((odd) => fc.sample(contextCases(odd), options))
            .flatMap((context) => {
                const place = inFolder(context);
                const ours = attempt(() => listed(place));
                // A faulty rule fails the build, and so has a test of its own.
                return ours instanceof Problem ? [] : { context, place, ours };
            });
        expect(cases.length).to.be.greaterThan(count);
        for (let at = 0; at < cases.length; at += batchSize) {
            const batch = cases.slice(at, at + batchSize);
            const theirs = await built(batch.map(({ place }) => place));
            for (const [index, { context, ours }] of batch.entries()) {
                expect(ours, JSON.stringify(context)).to.deep.equal(theirs[index]);
            }
        }
    });

    it("follows a link to the ignore file within the context alone, as is done here", async () => {
        const files = { Dockerfile: "", a: "", b: "", rules: "a\n", "d/rules": "b\n" };
        const outside = path.join(folder({ rules: "a\nb\n" }), "rules");
        const targets = [
            "rules",
            "d/rules",
            "/rules",
            "../rules",
            "../../d/../rules",
            "d",
            "nowhere",
            "d/absolute",
            outside,
        ];
        const places = targets.map((target) => {
            const place = folder(files);
            fs.symlinkSync("/rules", path.join(place, "d/absolute"));
            fs.symlinkSync(target, path.join(place, ".dockerignore"));
            return place;
        });
        expect(places.map(listed)).to.deep.equal(await built(places));
    });

    for (const [rule, said] of [
        ["[a", /excludepatterns: .*syntax error in pattern/],
        ["src\\yaml", /excludepatterns: .*syntax error in pattern/],
        ["a\t# a comment", /"exclude-patterns" contains value with non-printable/],
    ] as const) {
        it(`refuses the rule ${JSON.stringify(rule)}, as is done here`, async () => {
            const place = inFolder({ rules: `# a comment\n${rule}`, entries: { a: "file" } });
            expect(() => listContext(place)).to.throw(
                Problem,
                `.dockerignore has what Docker refuses as a rule, found ${rule} in line 2; `,
            );
            const refusal = await built([place]).catch((error: unknown) => String(error));
            // buildx, which reads the rules, may end the build before BuildKit can repeat what it said (1 in 20).
            expect(refusal).to.match(new RegExp(`${said.source}|solve: Canceled: context canceled`));
        });
    }
});

/** Not by Node's own recursion, which follows symlinks. */
function entriesBelow(folder: string, prefix = ""): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true })
        .flatMap((entry) => {
            const place = `${prefix}${entry.name}`;
            if (!entry.isDirectory()) return place;
            return [`${place}/`, ...entriesBelow(path.join(folder, entry.name), `${place}/`)];
        })
        .sort();
}
