import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { VERSION } from "../../components/versions.js";

/**
 * What a package.json in the folder has to say to get this very package: where `npm exec --package` or `pnpm dlx` got it
 * from a file or a URL, that one; else its version.
 *
 * @param own a file of this package.
 */
export function ownSpecification(own: string, folder: string): string {
    for (const home of installations(own)) {
        const wanted = dependencyIn(path.join(home, "package.json"));
        if (wanted === undefined) continue;
        const file = /^file:(.*)$/.exec(wanted)?.[1];
        if (file === undefined) return /^[a-z+]+:/.test(wanted) ? wanted : VERSION;
        const target = path.relative(folder, path.resolve(home, file)).replaceAll("\\", "/");
        return `file:${target.startsWith(".") ? target : `./${target}`}`;
    }
    return VERSION;
}

/** The folders that a file is in a `node_modules` of, the innermost first: pnpm has one in the other. */
function installations(file: string): string[] {
    const parts = file.split(path.sep);
    return parts
        .flatMap((part, index) => (part === "node_modules" ? parts.slice(0, index).join(path.sep) : []))
        .reverse();
}

const Dependencies = v.object({ dependencies: v.record(v.string(), v.string()) });

function dependencyIn(manifest: string): string | undefined {
    if (!fs.existsSync(manifest)) return undefined;
    const read = v.safeParse(Dependencies, JSON.parse(fs.readFileSync(manifest, "utf8")));
    return read.success ? read.output.dependencies["foundation-image"] : undefined;
}
