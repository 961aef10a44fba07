import * as fs from "node:fs";
import * as path from "node:path";
import { DockerfileParser } from "dockerfile-ast";

/** The images that `foundation/Dockerfile` starts from, as its arguments make them; none for `scratch` and stages. */
export function basesOf(root: string, buildArgs: Readonly<Record<string, string>>): readonly string[] {
    const file = path.join(root, "foundation", "Dockerfile");
    return fs.existsSync(file) ? readBases(fs.readFileSync(file, "utf8"), buildArgs) : [];
}

/** The images that a Dockerfile starts from. */
export function readBases(
    dockerfile: string,
    buildArgs: Readonly<Record<string, string>>,
): readonly string[] {
    const parsed = DockerfileParser.parse(dockerfile);
    const values = new Map<string, string>();
    for (const argument of parsed.getInitialARGs()) {
        const property = argument.getProperty();
        const name = property?.getName() ?? "";
        values.set(name, buildArgs[name] ?? expand(property?.getValue() ?? "", values));
    }
    const stages = new Set<string>();
    const bases: string[] = [];
    for (const from of parsed.getFROMs()) {
        const image = expand(from.getImage() ?? "", values);
        if (image !== "scratch" && !stages.has(image.toLowerCase())) bases.push(image);
        stages.add((from.getBuildStage() ?? "").toLowerCase());
    }
    return [...new Set(bases)];
}

function expand(text: string, values: ReadonlyMap<string, string>): string {
    return text.replaceAll(
        /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
        (_, bare?: string, braced?: string, fallback?: string) => {
            const value = values.get(bare ?? braced ?? "") ?? "";
            return value === "" ? (fallback ?? "") : value;
        },
    );
}
