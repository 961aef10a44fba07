import * as path from "node:path";
import { counted, table } from "../terminal.ts";
import { sharedImages } from "./proposal.ts";
import type { Survey } from "./survey.ts";

/** How many lines a list may have before the rest is counted. */
const most = 12;

/** What was found in a repository, line by line. */
export function surveyText(survey: Survey): string[] {
    const { dockerfiles, projects } = survey;
    const unreadable = [...dockerfiles, ...projects].flatMap(({ path: file, problem }) =>
        problem === undefined ? [] : `  ! ${file} can't be read: ${problem}`,
    );
    return [
        title(dockerfiles.length, "Dockerfile"),
        ...shortened(
            table(
                dockerfiles.map(({ path: file, images }) => [
                    `  ${file}`,
                    `from ${[...new Set(images.map(({ image, written }) => image || written))].join(", ") || "nothing"}`,
                ]),
            ),
        ),
        ...shared(survey),
        title(projects.length, "Compose project"),
        ...shortened(
            table(
                projects.map(({ path: file, builds }) => [
                    `  ${file}`,
                    builds.length === 0
                        ? "builds nothing"
                        : `builds ${[...new Set(builds.map(({ dockerfile }) => dockerfile))].join(", ")}`,
                ]),
            ),
        ),
        ...unreadable,
    ];
}

function shared(survey: Survey): string[] {
    const several = sharedImages(survey).filter(({ users }) => users.length > 1);
    if (several.length === 0) return [];
    return [
        "Images that several of them start from",
        ...shortened(
            table(several.map(({ image, users }) => [`  ${image}`, `${users.length} (${folders(users)})`])),
        ),
    ];
}

function folders(files: readonly string[]): string {
    const names = files.slice(0, 4).map((file) => path.posix.dirname(file));
    return [...names, ...(files.length > 4 ? ["…"] : [])].join(", ");
}

function title(count: number, what: string): string {
    return count === 0 ? `No ${what}s` : counted(count, what);
}

function shortened(lines: readonly string[]): readonly string[] {
    return lines.length <= most
        ? lines
        : [...lines.slice(0, most - 1), `  … and ${lines.length - most + 1} more`];
}
