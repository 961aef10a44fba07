import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface, type Interface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { Problem } from "../../components/problem.ts";
import { fileNames } from "../../components/render/workspaceFiles.ts";
import type { Invocation } from "../command.ts";
import { gitignore, program, pulumiYaml, stackConfig, type ProjectPlan } from "../init/files.ts";
import { newPackageJson, withDependencies } from "../init/packageJson.ts";
import {
    foundationsIn,
    imageName,
    leftOut,
    passedBy,
    proposedApps,
    proposedFolders,
    sharedImages,
    unbuilt,
} from "../init/proposal.ts";
import { surveyText } from "../init/report.ts";
import { ownSpecification } from "../init/specification.ts";
import { survey, type Survey } from "../init/survey.ts";
import { paintFor } from "../terminal.ts";

/** What Pulumi's language host wants among the project's own packages; npm gives it and ours one copy. */
const sdk = { "@pulumi/pulumi": "^3.259.0" };

/** `foundation init`: looks at a repository, proposes foundations and apps, and writes a Pulumi project for them. */
export async function run({ clone: { root: here }, options, flags = [] }: Invocation): Promise<number> {
    const root = repositoryOf(here);
    const paint = paintFor(process.stdout);
    const found = survey(root);
    console.log([paint.strong(`Found in ${root}`), "", ...surveyText(found), ""].join("\n"));

    const ask = flags.includes("yes") ? undefined : terminal();
    try {
        const plan = await decide(root, here, found, options, ask);
        const files = filesOf(root, found, plan);
        const names = Object.keys(files).map((name) => path.posix.join(plan.folder, name));
        console.log(
            [
                paint.strong("Proposed"),
                "",
                ...plan.foundations.map(
                    ({ name, dockerfile, replaces }) =>
                        `  foundation ${name}, built from ${dockerfile}${replaces.length === 0 ? "" : `, in the place of ${replaces.join(", ")}`}`,
                ),
                `  apps ${plan.apps.join(", ") || "none yet"}`,
                `  files ${names.join(", ")}`,
                ...remarks(found, plan.foundations).map((text) => `  ${paint.notice("!")} ${text}`),
                "",
            ].join("\n"),
        );
        if (ask !== undefined && !/^(?:y|yes|)$/i.test(await ask.question("Write these files? [Y/n] "))) {
            console.log("Nothing was written.");
            return 1;
        }
        for (const [name, text] of Object.entries(files)) {
            const file = path.join(root, plan.folder, name);
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, text);
        }
        console.log(
            [paint.good("Written."), "What comes next:", "", ...next(root, here, plan), ""].join("\n"),
        );
        return 0;
    } finally {
        ask?.close();
    }
}

/** What the proposal leaves to the person. */
function remarks(found: Survey, foundations: ProjectPlan["foundations"]): string[] {
    const { unnamed, fromRoot } = unbuilt(found, foundations);
    return [
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
                  `left out, as no Compose file builds them: ${shortened(unnamed)}; give each a compose.yaml with build.dockerfile, or a foundation under images in Pulumi.yaml`,
              ]),
        ...(fromRoot.length === 0
            ? []
            : [
                  `built from the repository's root, and by no Compose file: ${shortened(fromRoot)}; give each folder a compose.yaml with that build.context`,
              ]),
    ];
}

function shortened(names: readonly string[]): string {
    const more = names.length - 4;
    return more > 1 ? `${names.slice(0, 4).join(", ")} and ${more} more` : names.join(", ");
}

/** @throws Problem where there is no terminal to ask on. */
function terminal(): Interface {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
        throw new Problem({
            wrong: "there is no terminal to ask on, and nothing was written",
            remedy: "take what is proposed with --yes; --foundation, --apps and --folder decide otherwise",
        });
    }
    return createInterface({ input: process.stdin, output: process.stdout });
}

async function decide(
    root: string,
    here: string,
    found: Survey,
    options: Invocation["options"],
    ask: Interface | undefined,
): Promise<ProjectPlan> {
    const answer = async (option: string, text: string, propose: () => string): Promise<string> => {
        const given = options[option];
        if (given !== undefined) return given;
        const proposed = propose();
        const typed = await ask?.question(`${text} [${proposed}] `);
        return typed?.trim() || proposed;
    };
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
        await answer("folder", "Folder of the Pulumi project", () => defaultFolder(root, here, found)),
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
                    : `one whose Dockerfile begins with FROM ${shared.image} would serve ${shared.users.join(", ")}, once they begin with FROM and that folder's name`),
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

/** The repository around this folder; without Git, this folder. */
function repositoryOf(here: string): string {
    for (let folder = here; ; folder = path.dirname(folder)) {
        if (fs.existsSync(path.join(folder, ".git"))) return folder;
        if (folder === path.dirname(folder)) return here;
    }
}

/** Here, unless something is in the way. */
function defaultFolder(root: string, here: string, found: Survey): string {
    const folder = inside(root, here, ".");
    const free = obstacles(root, folder, found).length === 0;
    return free ? "." : "infra";
}

const own = ["Pulumi.yaml", "Pulumi.dev.yaml", "index.ts"];

/** What keeps the project's files from being written there. */
function obstacles(root: string, folder: string, found: Survey): string[] {
    const place = (name: string): string => path.posix.join(folder, name);
    const there = own.filter((name) => fs.existsSync(path.join(root, folder, name)));
    return [
        ...there.map((name) => `${place(name)} is there already, and nothing is overwritten`),
        ...(modules(root, folder, found) === "other"
            ? [`${place("package.json")} has no "type": "module", which the program needs`]
            : []),
    ];
}

/** What the package.json in a folder says about JavaScript: `unsaid` where nothing there would notice a change. */
function modules(root: string, folder: string, { files }: Survey): "none" | "module" | "unsaid" | "other" {
    const file = path.join(root, folder, "package.json");
    if (!fs.existsSync(file)) return "none";
    const { type } = parsed(file);
    if (type === "module") return "module";
    const manifests = new Set(
        files
            .filter((name) => path.posix.basename(name) === "package.json")
            .map((name) => path.posix.dirname(name)),
    );
    const governing = (name: string): string => {
        for (let at = path.posix.dirname(name); ; at = path.posix.dirname(at))
            if (manifests.has(at) || at === ".") return at;
    };
    const scripts = files.some((name) => /\.[jt]sx?$/.test(name) && governing(name) === folder);
    return type === undefined && !scripts ? "unsaid" : "other";
}

/** @throws Problem where it is no JSON object. */
function parsed(file: string): { readonly type?: unknown } {
    try {
        // Windows' own editors write a byte order mark.
        const json: unknown = JSON.parse(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
        if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
    } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
    }
    throw new Problem({
        wrong: `${file} is no JSON object, and nothing was written`,
        remedy: "correct it, or name another folder with --folder",
    });
}

/** The project's files by their names in its folder. */
function filesOf(root: string, found: Survey, plan: ProjectPlan): Readonly<Record<string, string>> {
    const inTheWay = obstacles(root, plan.folder, found);
    if (inTheWay.length > 0) {
        throw Problem.of(
            "nothing was written:",
            inTheWay.map((wrong) => ({ wrong, remedy: "name another folder with --folder, such as infra" })),
        );
    }
    const folder = path.join(root, plan.folder);
    const read = (name: string): string | undefined =>
        fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), "utf8") : undefined;
    const dependencies = {
        ...sdk,
        "foundation-image": ownSpecification(fileURLToPath(import.meta.url), folder),
    };
    const manifest = read("package.json");
    const ignored = gitignore(read(".gitignore") ?? "");
    return {
        "Pulumi.yaml": pulumiYaml(plan),
        "Pulumi.dev.yaml": stackConfig,
        "index.ts": program,
        "package.json":
            manifest === undefined
                ? newPackageJson(`${plan.name}-foundation`, dependencies)
                : withDependencies(manifest, dependencies, {
                      module: modules(root, plan.folder, found) === "unsaid",
                  }),
        ...(ignored !== undefined && { ".gitignore": ignored }),
    };
}

/** What to run next, from the folder that one is in. */
function next(root: string, here: string, { folder, foundations }: ProjectPlan): string[] {
    const away = path.relative(here, path.join(root, folder));
    const manager = ["pnpm", "yarn"].find((name) =>
        fs.existsSync(path.join(root, `${name}${name === "yarn" ? ".lock" : "-lock.yaml"}`)),
    );
    const names = foundations.map(({ name }) => `FROM ${name}`).join(" or ");
    return [
        ...(away === "" ? [] : [`  cd ${away}`]),
        `  ${manager ?? "npm"} install`,
        "  npx foundation start",
        "",
        `To put another Dockerfile on a foundation, begin it with ${names}.`,
    ];
}
