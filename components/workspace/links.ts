import * as fs from "node:fs";
import * as path from "node:path";

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * The file that BuildKit reads under a name in a folder: it gets the folder alone and follows links in it as if the folder
 * were the root. What lies outside isn't there, and an absolute link starts at the folder.
 */
export function followInFolder(folder: string, name: string): string | undefined {
    const left = [name];
    let place: string[] = [];
    for (let links = 0; left.length > 0;) {
        const part = left.shift() ?? "";
        if (part === "..") place.pop();
        if (part === "" || part === "." || part === "..") continue;
        const next = path.join(folder, ...place, part);
        const found = fs.lstatSync(next, { throwIfNoEntry: false });
        if (found === undefined) return undefined;
        if (!found.isSymbolicLink()) {
            place.push(part);
            continue;
        }
        if (++links > mostLinks) return undefined;
        const target = fs.readlinkSync(next);
        if (path.isAbsolute(target)) place = [];
        left.unshift(...target.split(path.sep));
    }
    return path.join(folder, ...place);
}

/** Why BuildKit doesn't read the Dockerfile that is there; undefined where it does. */
export function linkProblem(file: string): string | undefined {
    if (!fs.lstatSync(file).isSymbolicLink()) return undefined;
    const followed = followInFolder(path.dirname(file), path.basename(file));
    if (followed !== undefined && fs.realpathSync(followed) === fs.realpathSync(file)) return undefined;
    return `it is a link to ${fs.readlinkSync(file)}, which a build can't follow out of the folder; put the file itself there`;
}
