import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { imageVariable } from "../../components/render/foundation.ts";
import { manifestFile, type Manifest } from "../../components/render/manifest.ts";
import { fileNames } from "../../components/render/workspaceFiles.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { composeFileNames, filesRead, isOurs } from "../../components/workspace/composeFiles.ts";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import { Git } from "../../components/workspace/git.ts";
import { planFiles, type Files } from "../../components/workspace/planFiles.ts";
import { readFoundation, readServices, type Service } from "../../components/workspace/services.ts";
import { wantedFiles } from "../../components/workspace/syncedFiles.ts";
import { readText } from "../../components/workspace/texts.ts";
import { gatherFacts } from "../status/gather.ts";
import { inFolder, statusOf, type Status } from "../status/model.ts";
import { fullName } from "../status/text.ts";
import { inOneLine } from "../terminal.ts";
import { fail, failed, ok, warn, type Check, type Outcome } from "./check.ts";
import { checkCompose } from "./compose.ts";

/** What this clone has: the emitted files, what Compose makes of them, and what was built. */
export function cloneChecks(clone: Clone, manifest: Manifest | Problem): readonly Check[] {
    const emitted = { title: "Emitted files", look: () => checkEmitted(clone, manifest) };
    if (manifest instanceof Problem) return [emitted];
    return [
        emitted,
        { title: "Compose files", look: () => checkComposeFiles(clone) },
        { title: "Compose", look: () => checkCompose(clone) },
        { title: "Git", look: () => checkGit(clone) },
        { title: "Foundations", look: async () => checkStatus(statusOf(await gatherFacts(clone))) },
    ];
}

/** Whether they are there, and read. */
export function checkEmitted(clone: Clone, manifest: Manifest | Problem): Outcome {
    const unreadable = unreadableEnvFiles(clone, manifest);
    if (unreadable.length > 0) {
        return fail(
            `Compose can't read ${unreadable.join(", ")}, in UTF-16`,
            'save it as UTF-8, in PowerShell with "Set-Content -Encoding utf8"',
        );
    }
    if (manifest instanceof Problem) return failed(manifest);
    const services = servicesOf(clone, manifest);
    const problems = services.flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) {
        const all = (texts: readonly string[]) => [...new Set(texts)].join("; ");
        return fail(
            all(problems.map(({ wrong }) => wrong)),
            all(problems.flatMap(({ remedy }) => remedy ?? [])),
        );
    }
    const differing = services.flatMap(({ folder, uses }) =>
        [...uses].flatMap(([name, { reference, ownLine }]) => {
            const published = manifest.images[name]?.reference;
            // What the shell says instead is told by itself: no file is wrong then.
            const isElsewhere = ownLine !== undefined || process.env[imageVariable(name)] !== undefined;
            if (reference === undefined || reference === published || isElsewhere) return [];
            return [`${folder} would build on ${reference}, and ${published ?? "nothing"} was published`];
        }),
    );
    if (differing.length > 0) {
        return warn([...new Set(differing)].join("; "), "write the files again with `foundation sync`");
    }
    return ok(`of stack ${manifest.stack}`);
}

function servicesOf(clone: Clone, { images }: Manifest): readonly Service[] {
    return [
        ...Object.keys(images).flatMap((name) => readFoundation(clone, name)?.service ?? []),
        ...readServices(clone),
    ];
}

/** Windows' own editors and shells write it, and add such lines to others. */
function unreadableEnvFiles(clone: Clone, manifest: Manifest | Problem): readonly string[] {
    const folders = manifest instanceof Problem ? ["foundation"] : clone.folders;
    return folders
        .map((folder) => path.posix.join(folder, ".env"))
        .filter((file) => {
            const place = path.join(clone.root, file);
            const isFile = fs.statSync(place, { throwIfNoEntry: false })?.isFile() === true;
            return isFile && fs.readFileSync(place).includes(0);
        });
}

/** Whether Compose reads what is there: of the files of one kind it takes the first alone. */
export function checkComposeFiles(clone: Clone): Outcome {
    const ignored = clone.folders.flatMap((folder) => {
        const home = path.join(clone.root, folder);
        const read = filesRead(home);
        return composeFileNames.flatMap((kind) => {
            const there = kind.filter((file) => fs.existsSync(path.join(home, file)));
            const others = there.filter((file) => !read.includes(file));
            const first = there.find((file) => read.includes(file));
            if (first === undefined || others.length === 0) return [];
            return [`in ${folder} Compose reads ${first} and not ${others.join(", ")}`];
        });
    });
    if (ignored.length > 0) {
        return warn(ignored.join("; "), "put what they say into one file, and remove the others");
    }
    const { problems } = planFiles(clone.root, filesFor(clone), {});
    if (problems.length > 0) {
        const reasons = problems.map(({ path: file, reason }) => `${file}: ${inOneLine(reason)}`);
        return fail(`not all can be written: ${reasons.join("; ")}`, "fix each of them");
    }
    return ok("each is read");
}

function filesFor(clone: Clone): Files {
    return clone.ownProject === undefined
        ? wantedFiles(clone.root, clone.manifest).files
        : expectedFiles(clone, clone.emitted);
}

/** Whether a clone of somebody else has what is emitted here. */
async function checkGit({ root, folders, manifest }: Clone): Promise<Outcome> {
    const inFolders = (name: string): readonly string[] =>
        folders
            .map((folder) => path.posix.join(folder, name))
            .filter((file) => fs.existsSync(path.join(root, file)));
    const envFiles = inFolders(".env");
    const composed = Object.values(fileNames)
        .flatMap(inFolders)
        .filter((file) => isOurs(path.join(root, file)));
    const others = [...new Set([manifestFile, ...composed])].filter((file) =>
        fs.existsSync(path.join(root, file)),
    );
    const git = new Git(root, { seconds: 2 });
    try {
        if ((await git.prefix()) === undefined) return ok("isn't used here");
        const ignored = new Set(await git.ignored([...envFiles, ...others]));
        return gitOutcome(
            {
                envFiles: envFiles.filter((file) => ignored.has(file)),
                others: others.filter((file) => ignored.has(file)),
                kept: others.filter((file) => !ignored.has(file)),
            },
            composed.every((file) =>
                /\$\{FOUNDATION_(\w+_)?IMAGE:-/.test(readText(path.join(root, file)) ?? ""),
            ),
            manifest.registry.kind,
        );
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return warn(`can't be asked (${error.message})`, "see whether `git status` works by itself");
    }
}

/**
 * What it means that Git ignores some of the emitted files.
 *
 * @param complete whether the Compose files name the foundations themselves, without a `.env`.
 */
export function gitOutcome(
    {
        envFiles,
        others,
        kept,
    }: {
        readonly envFiles: readonly string[];
        readonly others: readonly string[];
        readonly kept: readonly string[];
    },
    complete: boolean,
    registry: Manifest["registry"]["kind"],
): Outcome {
    const remedy = "take their lines out of .gitignore, and commit them";
    if (others.length > 0 && kept.length > 0) {
        return warn(`a clone would have some of the emitted files, without ${others.join(", ")}`, remedy);
    }
    if (others.length > 0) {
        return registry === "local"
            ? ok("ignores the emitted files, which name a registry of this machine")
            : warn("ignores the emitted files, so nobody else gets them", remedy);
    }
    if (envFiles.length === 0) return ok("ignores no emitted file");
    return complete
        ? ok(
              `ignores ${envFiles.join(", ")}, and a clone builds without: the Compose files name the foundation`,
          )
        : warn(
              `ignores ${envFiles.join(", ")}, without which a clone can't build`,
              `${remedy}; or run \`pulumi up\`, which now writes Compose files that do without`,
          );
}

/** What is here of the foundations, and of what is built on them. */
export function checkStatus(status: Status): Outcome {
    const { images, services, warnings } = status;
    const broken = services.filter(({ problem }) => problem !== null);
    if (broken.length > 0) {
        const reasons = broken.map((service) => {
            return `${fullName(service, services)}: ${inOneLine(service.problem ?? "")}`;
        });
        return fail(`not everything can be built: ${reasons.join("; ")}`, "fix each of them");
    }
    const late = images.filter(({ behind }) => behind.length > 0);
    if (late.length > 0) {
        const names = late.map(
            ({ name, behind }) => `${name} isn't built on your own ${behind.join(", ")} yet`,
        );
        const commands = late.flatMap(({ folder }) =>
            folder === null ? [] : `\`${inFolder(folder, "docker compose build")}\``,
        );
        return warn(names.join("; "), `in this order: ${commands.join(", ")}`);
    }
    const own = images.filter(({ local }) => local.state === "override").map(({ name }) => name);
    const passedOver = `your own ${own.join(", ")} ${own.length === 1 ? "is" : "are"} in use, which a build with --pull passes over; build without --pull, or go back to the official one with \`foundation revert\``;
    const [first, ...others] = own.length > 0 ? [...warnings, passedOver] : warnings;
    if (first !== undefined) {
        const [wrong = first, remedy = "see `foundation status`"] = first.split(/; (.*)/s);
        const more = others.length === 0 ? "" : `; and ${others.length} more, see \`foundation status\``;
        return warn(wrong, remedy + more);
    }
    return ok("no foundation of your own is in use");
}
