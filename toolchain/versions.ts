import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./environment.ts";

const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
};

/** The pinned version of a package that the repository depends on. */
export function dependencyVersion(name: string): string {
    const version = dependencies[name];
    if (!version) throw new Error(`package.json does not depend on ${name}`);
    return version;
}
