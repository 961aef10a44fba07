import * as fs from "node:fs";
import { systemReason } from "../problem.ts";
import type { Uses } from "../render/composeFile.ts";
import { unsetIn, withUnset } from "../render/composeInterpolation.ts";
import { isRemote, type ComposeBuild } from "../render/composeProject.ts";
import { readDockerfile, type DockerfileReading } from "../render/dockerfile.ts";
import type { Foundation } from "../render/foundation.ts";
import { resolvePath } from "../render/paths.ts";
import { linkProblem } from "./links.ts";

/**
 * What a service's build uses; or why that can't be told; or what is wrong with a Dockerfile that names a foundation, and so
 * could not be built.
 */
export type ServiceReading =
    | { readonly uses: Uses }
    | { readonly unknown: string; /** Whether there is no Dockerfile. */ readonly isGone?: boolean }
    | { readonly problem: string };

type Names = Pick<Foundation, "name" | "argument" | "replaces">;

/** Which foundations a build uses, by the Dockerfile, stage and arguments that Compose would take. */
export function readServiceUses(build: ComposeBuild, foundations: readonly Names[]): ServiceReading {
    const { context, dockerfile, inline, target, args } = build;
    for (const [key, value] of Object.entries({ context, dockerfile, target })) {
        const [variable] = unsetIn(value ?? "");
        if (variable !== undefined) {
            return { unknown: `its ${key} is made of ${variable}, which nothing sets; give it a default` };
        }
    }
    if (isRemote(context)) return { unknown: `it is built from ${context}, which is not in the repository` };
    const file = dockerfileOf(build);
    const text = inline === undefined ? readDockerfileText(file) : { text: withUnset(inline) };
    if ("unknown" in text) return text;

    // Two builds that differ in what only a shell knows.
    const [one, other] = ["unknown-a", "unknown-b"].map((unknown) =>
        readDockerfile(text.text, {
            foundations,
            stages: { target },
            args: Object.fromEntries(
                [...args].map(([name, value]) => [
                    name,
                    value === undefined ? unknown : withUnset(value, unknown),
                ]),
            ),
        }),
    );
    if (one === undefined || other === undefined) throw new Error("there are two");
    const unset = [...args].find(([, value]) => value === undefined || unsetIn(value).length > 0);
    if (unset !== undefined && summary(one) !== summary(other)) {
        return { unknown: `its base is made of ${unset[0]}, which nothing sets; give it a default` };
    }
    if ("uses" in one) return { uses: one.uses };
    const told = `${inline === undefined ? file : "dockerfile_inline"}: ${one.problems.join("\n")}`;
    return mentions(text.text, foundations) ? { problem: told } : { unknown: told };
}

function summary(reading: DockerfileReading): string {
    return JSON.stringify(
        "problems" in reading ? reading.problems : reading.images.map(({ image }) => image ?? ""),
    );
}

/** A Dockerfile that names no foundation is none of ours to refuse. */
function mentions(text: string, foundations: readonly Names[]): boolean {
    return foundations.some(({ name, argument, replaces }) =>
        [name, argument, ...replaces].some((word) => text.includes(word)),
    );
}

/** Its absolute path. BuildKit takes a `dockerfile` where there is no `Dockerfile`. */
export function dockerfileOf({ context, dockerfile }: Pick<ComposeBuild, "context" | "dockerfile">): string {
    const file = resolvePath(context, dockerfile);
    const lower = file.replace(/(?<=\/)Dockerfile$/, "dockerfile");
    return fs.existsSync(file) || !fs.existsSync(lower) ? file : lower;
}

/** The text of a Dockerfile, as BuildKit would read it. */
export function readDockerfileText(
    file: string,
): { readonly text: string } | Extract<ServiceReading, { unknown: string }> {
    try {
        if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) {
            return {
                unknown: `${file} is missing; put it there, or change the build that names it`,
                isGone: true,
            };
        }
        const text = fs.readFileSync(file, "utf8");
        const link = linkProblem(file);
        return link === undefined ? { text } : { unknown: `${file}: ${link}` };
    } catch (error) {
        return { unknown: `${file}: it can't be read (${systemReason(error)}); put a readable file there` };
    }
}
