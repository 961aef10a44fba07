import * as path from "node:path";
import * as v from "valibot";
import { Problem } from "../problem.ts";
import { manifestFile, type Manifest } from "../render/manifest.ts";
import { readIfThere } from "./texts.ts";

const uses = v.record(v.string(), v.object({ buildArg: v.boolean(), contexts: v.array(v.string()) }));

const schema = v.object({
    version: v.literal(1),
    stack: v.string(),
    project: v.exactOptional(v.string()),
    registry: v.object({
        kind: v.picklist(["local", "azure", "existing"]),
        server: v.string(),
        username: v.exactOptional(v.string()),
    }),
    images: v.record(
        v.string(),
        v.object({
            reference: v.string(),
            digest: v.string(),
            channel: v.string(),
            folder: v.exactOptional(v.string()),
            uses,
        }),
    ),
    workspaces: v.record(
        v.string(),
        v.object({
            emitted: v.exactOptional(v.string()),
            name: v.exactOptional(v.string()),
            services: v.record(v.string(), uses),
        }),
    ),
});

const remedy = `get it again with \`git checkout HEAD -- ${manifestFile}\`, or delete it and run \`pulumi up\``;

/**
 * The manifest of a clone; undefined where there is none.
 *
 * @param root the repository's root.
 * @throws Problem when it can't be read, or is of a format that this program doesn't know.
 */
export function readManifest(root: string): Manifest | undefined {
    const file = path.join(root, manifestFile);
    const text = readIfThere(file);
    return text === undefined ? undefined : parseManifest(text, file);
}

/**
 * What a manifest's text says.
 *
 * @param place where it comes from, for a person.
 * @throws Problem when it is no manifest, or one of a format that this program doesn't know.
 */
export function parseManifest(text: string, place: string): Manifest {
    const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
    if (!json.success) {
        throw new Problem({ wrong: `${place} can't be read (${json.issues[0].message})`, remedy });
    }
    refuseNewer(json.output, place);
    const manifest = v.safeParse(schema, json.output);
    if (manifest.success) return manifest.output;
    const [issue] = manifest.issues;
    const key = v.getDotPath(issue);
    throw new Problem({
        wrong: `${place} is no manifest of foundations (${key === null ? "" : `${key}: `}${issue.message})`,
        remedy,
    });
}

/**
 * Refuses to write over the manifest of a version to come. One that can't be read otherwise is made anew.
 *
 * @param root the repository's root.
 * @throws Problem
 */
export function refuseNewerManifest(root: string): void {
    const file = path.join(root, manifestFile);
    const json = v.safeParse(v.pipe(v.string(), v.parseJson()), readIfThere(file));
    if (json.success) refuseNewer(json.output, file);
}

function refuseNewer(json: unknown, place: string): void {
    const { success, output } = v.safeParse(v.object({ version: v.number() }), json);
    if (!success || output.version <= 1) return;
    throw new Problem({
        wrong: `${place} has a newer format than this program knows`,
        found: `version ${output.version}`,
        remedy: "use the version of foundation-image that the repository names",
    });
}
