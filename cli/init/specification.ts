import * as fs from "node:fs";
import * as path from "node:path";
import { VERSION } from "../../components/versions.js";

/**
 * What a package.json in the folder has to say to get this very package: where `npm exec --package` got it from a file
 * or a URL, that one; else its version.
 *
 * @param own a file of this package.
 */
export function ownSpecification(own: string, folder: string): string {
    const at = own.lastIndexOf(`${path.sep}node_modules${path.sep}foundation-image${path.sep}`);
    const home = at === -1 ? undefined : own.slice(0, at);
    const wanted = home === undefined ? undefined : dependencyIn(path.join(home, "package.json"));
    const file = wanted === undefined ? undefined : /^file:(.*)$/.exec(wanted)?.[1];
    if (home !== undefined && file !== undefined) {
        const target = path.relative(folder, path.resolve(home, file)).replaceAll("\\", "/");
        return `file:${target.startsWith(".") ? target : `./${target}`}`;
    }
    return wanted !== undefined && /^[a-z+]+:/.test(wanted) ? wanted : VERSION;
}

function dependencyIn(manifest: string): string | undefined {
    if (!fs.existsSync(manifest)) return undefined;
    const { dependencies } = JSON.parse(fs.readFileSync(manifest, "utf8")) as {
        readonly dependencies?: Readonly<Record<string, string>>;
    };
    return dependencies?.["foundation-image"];
}
