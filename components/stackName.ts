import { createHash } from "node:crypto";
import { Problem } from "./problem.ts";

/**
 * @throws Problem where a stack has a name that Pulumi takes and that can be no folder's: `.` and `..` would lead to
 * another stack's build context, or out of them all.
 */
export function checkStackName(stack: string): void {
    if (stack !== "." && stack !== "..") return;
    throw new Problem({
        wrong: `a stack can't be called "${stack}", as files are kept in a folder of its name`,
        remedy: "make one with a letter or a digit in it: `pulumi stack init dev`",
    });
}

/**
 * The Compose project of a stack's registry. Compose wants lower case and no dots
 * (https://docs.docker.com/reference/compose-file/version-and-name/#name-top-level-element), so a name that can't be
 * taken as it is gets a mark of what it was: `Dev` and `dev` are two stacks.
 */
export function registryProject(stack: string): string {
    const prefix = "foundation-registry-";
    if (/^[a-z0-9_-]+$/.test(stack)) return prefix + stack;
    const mark = createHash("sha256").update(stack).digest("hex").slice(0, 8);
    return `${prefix}${stack.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-")}-${mark}`;
}
