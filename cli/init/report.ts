import * as fs from "node:fs";
import * as path from "node:path";
import { fileNames } from "../../components/render/workspaceFiles.ts";
import { counted, table, type Paint } from "../terminal.ts";
import type { ProjectPlan } from "./files.ts";
import { leftOut, passedBy, sharedImages, unbuilt, usersIn } from "./proposal.ts";
import type { Survey } from "./survey.ts";

/** How many lines a list may have before the rest is counted. */
const most = 12;

/** What was found in a repository, line by line. */
export function surveyText(survey: Survey): string[] {
    const { dockerfiles, projects, repositories } = survey;
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
        ...(repositories.length === 0
            ? []
            : [
                  `  ! not looked into, as Git repositories of their own: ${firstOf(repositories)}; apps there get their files with \`foundation sync --from\``,
              ]),
    ];
}

function shared(survey: Survey): string[] {
    const several = sharedImages(survey).filter(({ users }) => users.length > 1);
    if (several.length === 0) return [];
    return [
        "Images that several of them start from",
        ...shortened(
            table(several.map(({ image, users }) => [`  ${image}`, `${users.length} (${places(users)})`])),
        ),
    ];
}

/** By their folders, as long as those have no other Dockerfile. */
function places(files: readonly string[]): string {
    const names = files
        .slice(0, 4)
        .map((file) => (path.posix.basename(file) === "Dockerfile" ? path.posix.dirname(file) : file));
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

/** What is proposed, line by line, with what is left to the person. */
export function planText(found: Survey, plan: ProjectPlan, files: readonly string[], paint: Paint): string[] {
    const { foundations, folder, apps } = plan;
    return [
        ...foundations.map(
            ({ name, dockerfile, replaces }) =>
                `  foundation ${name}, built from ${dockerfile}${replaces.length === 0 ? "" : `, in the place of ${replaces.join(", ")}`}`,
        ),
        `  apps ${apps.join(", ") || "none yet"}`,
        `  files ${files
            .map((name) => path.posix.join(folder, name))
            .map((file) => (found.files.includes(file) ? `${file} (gets more lines)` : file))
            .join(", ")}`,
        ...remarks(found, plan).map((text) => `  ${paint.notice("!")} ${text}`),
    ];
}

function remarks(found: Survey, { foundations, folder, apps }: ProjectPlan): string[] {
    const { unnamed, fromRoot } = unbuilt(found, foundations);
    const projects = found.files.filter((file) => path.posix.basename(file) === "Pulumi.yaml");
    return [
        ...projects
            .filter((file) => path.posix.dirname(file) !== folder)
            .map(
                (file) =>
                    `${file} is a Pulumi project already, and this will be one beside it; the README of foundation-image says how a program of your own has foundations`,
            ),
        ...foundations
            .filter(({ context, folder: own }) => context === "." && own !== ".")
            .filter(({ dockerfile }) => !found.files.includes(`${dockerfile}.dockerignore`))
            .map(
                ({ name, dockerfile }) =>
                    `${name} is built from the repository's root, so each change of a file there publishes it anew; keep out what it doesn't copy with ${dockerfile}.dockerignore`,
            ),
        ...foundations
            .filter((foundation) => usersIn(found, [foundation]).length === 0)
            .map(
                ({ name, dockerfile }) =>
                    `nothing here starts from ${name} yet; if Dockerfiles call what ${dockerfile} makes by another name, write that into replaces below images.${name} in Pulumi.yaml, and their folders into apps`,
            ),
        ...apps
            .filter((app) => !/[*!]/.test(app))
            .filter((app) => ![...found.dockerfiles, ...found.projects, ...found.named].some(isIn(app)))
            .map((app) => `the app ${app} has no Dockerfile and no Compose file`),
        ...leftOut(found, foundations).map(
            (file) =>
                `${file} is left out: a folder has one foundation; give it a folder of its own, there or under images in Pulumi.yaml`,
        ),
        ...passedBy(found, foundations).map(
            (file) =>
                `${file} is read by Compose only when it is named; to build it on the foundations, put its folder among the apps and COMPOSE_FILE=${path.posix.basename(file)}:${fileNames.listed} and COMPOSE_PATH_SEPARATOR=: into the .env there`,
        ),
        ...(unnamed.length === 0
            ? []
            : [
                  `left out, as no Compose file builds them: ${firstOf(unnamed)}; give each a compose.yaml with build.dockerfile, or a foundation under images in Pulumi.yaml`,
              ]),
        ...(fromRoot.length === 0
            ? []
            : [
                  `built from the repository's root, and by no Compose file: ${firstOf(fromRoot)}; give each folder a compose.yaml with that build.context`,
              ]),
    ];
}

function isIn(folder: string): (file: { readonly path: string }) => boolean {
    return ({ path: file }) => path.posix.dirname(file) === folder;
}

function firstOf(names: readonly string[]): string {
    const more = names.length - 4;
    return more > 1 ? `${names.slice(0, 4).join(", ")} and ${more} more` : names.join(", ");
}

/** What to run next, from the folder that one is in. */
export function nextSteps(root: string, here: string, { folder, foundations }: ProjectPlan): string[] {
    const away = path.relative(here, path.join(root, folder));
    const marks = { pnpm: ["pnpm-lock.yaml", "pnpm-workspace.yaml"], yarn: ["yarn.lock"] };
    const [manager] =
        Object.entries(marks).find(([, names]) =>
            names.some((name) => fs.existsSync(path.join(root, name))),
        ) ?? [];
    const names = foundations.map(({ name }) => `FROM ${name}`).join(" or ");
    return [
        ...(away === "" ? [] : [`  cd ${away}`]),
        `  ${manager ?? "npm"} install`,
        "  npx foundation start",
        "",
        `To put another Dockerfile on a foundation, begin it with ${names}.`,
    ];
}
