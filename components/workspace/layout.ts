import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { appEntries } from "../config.ts";
import { nameEntries } from "../imageConfig.ts";
import { Problem, systemReason, type ProblemParts } from "../problem.ts";

/** Where {@link Layout} is, relative to the repository's root. */
export const layoutFile = "foundation.json";

const name = v.pipe(v.string("must be a text"), v.nonEmpty("must not be empty"));
const imageSchema = v.partial(
    v.strictObject(nameEntries, unknownKey("an image", "argument and replaces", "must be a map")),
);
const schema = v.strictObject(
    { name, images: v.optional(v.record(v.string(), imageSchema), {}), ...appEntries },
    unknownKey("foundation.json", "name, images, apps, contexts and envFiles", "must be there"),
);

/**
 * `foundation.json` of a repository whose foundations are published from another one: what in it is built on them. Paths
 * are relative to the repository's root, with `/`.
 *
 * `name` tells its Compose projects from those of other repositories; `images` says how Dockerfiles name a foundation where
 * that isn't the default; the rest is as in the configuration of a Pulumi project.
 */
export type Layout = v.InferOutput<typeof schema>;

/** Whether the foundations of the repository with this root are published from another one. */
export function hasLayout(root: string): boolean {
    return fs.existsSync(path.join(root, layoutFile));
}

/**
 * The layout of a repository.
 *
 * @throws Problem with everything that is wrong with it.
 */
export function readLayout(root: string): Layout {
    const file = path.join(root, layoutFile);
    const remedy = 'write one such as { "name": "shop", "apps": ["services/*"] }';
    let text: string;
    try {
        text = fs.readFileSync(file, "utf8");
    } catch (error) {
        throw new Problem({ wrong: `${file} can't be read (${systemReason(error)})`, remedy });
    }
    const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
    if (!json.success) {
        throw new Problem({ wrong: `${file} can't be read (${json.issues[0].message})`, remedy });
    }
    const layout = v.safeParse(schema, json.output);
    if (layout.success) return layout.output;
    throw Problem.of(`${file} can't be used`, layout.issues.map(findingOf));
}

function findingOf(issue: v.BaseIssue<unknown>): ProblemParts {
    const key = v.getDotPath(issue);
    const wrong = key === null ? issue.message : `${key}: ${issue.message}`;
    // Of a key that is none, the key itself is all there is.
    if (issue.expected === "never") return { wrong };
    return { wrong, found: issue.received === "undefined" ? "nothing" : JSON.stringify(issue.input) };
}

function unknownKey(what: string, allowed: string, otherwise: string) {
    return ({ expected }: { readonly expected: string | null }) =>
        expected === "never" ? `is not a key of ${what}; allowed are ${allowed}` : otherwise;
}
