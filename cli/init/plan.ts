import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import type { ProjectPlan } from "./files.ts";
import { isFree, otherFolders } from "./project.ts";
import { foundationsIn, imageName, proposedApps, proposedFolders, sharedImages } from "./proposal.ts";
import type { Survey } from "./survey.ts";

/** How a person decides one part of the plan: by an option, by what is typed, or by leaving what is proposed. */
export type Answer = (
    option: "foundation" | "apps" | "folder",
    question: string,
    propose: () => string,
) => Promise<string>;

/**
 * The project to write for a repository.
 *
 * @param root the repository's.
 * @param here the folder that the person is in, and names others from.
 * @throws Problem where no project can be made of what was answered.
 */
export async function decide(
    root: string,
    here: string,
    found: Survey,
    answer: Answer,
): Promise<ProjectPlan> {
    const relative = (folder: string): string => inside(root, here, folder);
    const fromHere = (folder: string): string =>
        path.relative(here, path.join(root, folder)).replaceAll("\\", "/") || ".";
    const folders = listed(
        await answer("foundation", "Folders of the base images that others build on", () =>
            proposedFolders(found).map(fromHere).join(","),
        ),
    ).map(relative);
    const foundations = checked(found, folders);
    const apps = listed(
        await answer("apps", "Folders of the apps", () =>
            proposedApps(found, foundations).map(fromHere).join(","),
        ),
    ).map((glob) => (glob.startsWith("!") ? `!${relative(glob.slice(1))}` : relative(glob)));
    const folder = relative(
        await answer("folder", "Folder of the Pulumi project", () => {
            // Here, unless something is in the way.
            return fromHere(
                [relative("."), ...otherFolders].find((name) => isFree(root, name, found)) ?? "infra",
            );
        }),
    );
    return { name: imageName(root), folder, foundations, apps };
}

/** @throws Problem where there is no foundation, or no Dockerfile in its folder. */
function checked(found: Survey, folders: readonly string[]): ProjectPlan["foundations"] {
    const [shared] = sharedImages(found);
    if (folders.length === 0) {
        throw new Problem({
            wrong: "no Dockerfile here makes an image that two others start from, so there is no foundation to propose",
            remedy:
                "name the folder of one with --foundation; " +
                (shared === undefined || shared.users.length < 2
                    ? "a folder with a Dockerfile is one"
                    : `it may be the one that makes ${shared.image}, or a new one whose Dockerfile begins with FROM ${shared.image}; ${shared.users.join(", ")} then begin with FROM and that folder's name`),
        });
    }
    const foundations = foundationsIn(found, folders);
    const missing = folders.filter((folder) => !foundations.some((one) => one.folder === folder));
    if (missing.length > 0) {
        throw Problem.of(
            "nothing was written:",
            missing.map(
                (folder) =>
                    `${folder} has no Dockerfile; make one there, or name another folder with --foundation`,
            ),
        );
    }
    return foundations;
}

function listed(text: string): string[] {
    return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
}

/** A folder as the shell names it, relative to the repository's root. */
function inside(root: string, here: string, folder: string): string {
    const relative = path.relative(root, path.resolve(here, folder)).replaceAll("\\", "/");
    if (relative.split("/")[0] === ".." || path.isAbsolute(relative)) {
        throw new Problem({
            wrong: `${folder} is not in the repository ${root}`,
            remedy: "name a folder in it",
        });
    }
    return relative === "" ? "." : relative;
}
