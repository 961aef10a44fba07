import { inOneLine, shortened, table, width, wrap, type Paint } from "../terminal.ts";
import { age } from "./age.ts";
import type { Changes } from "../../components/workspace/changes.ts";
import type { AppStatus, Base, RegistryStatus, Status } from "./model.ts";

/** With more apps than this, those of which the same is to be said share a line: it shall stay one screen. */
const manyApps = 20;
const mostNotes = 8;
const mostProblems = 3;

/** How the text is to be. */
export interface Options {
    readonly paint: Paint;
    readonly columns: number;
    readonly now: Date;
}

/** The status for people, in lines. */
export function statusText(status: Status, options: Options): string[] {
    const { foundation, apps } = status;
    const { paint, columns, now } = options;
    const fields: [string, string[]][] = [
        ["image", [foundation.image]],
        ["stack", [foundation.stack]],
        ["here", localText(foundation, paint, now)],
        ["registry", registryText(foundation.registry, paint)],
        ["changes", changesText(foundation.changes, paint)],
    ];
    const label = (name: string): string => paint.faint(name.padEnd(10));
    return [
        paint.strong("Foundation"),
        ...fields.flatMap(([name, texts]) =>
            texts
                .flatMap((text) => wrap(text, columns - 12))
                .map((line, index) => `  ${label(index === 0 ? name : "")}${line}`),
        ),
        "",
        ...appsText(apps, options),
        ...status.warnings.flatMap((warning) => ["", ...bullet(paint.notice("!"), warning, columns)]),
    ];
}

/** What helps when the registry has lost what was published: another text gives the same files another tag. */
export const republish = "`pulumi config set rebuild <a new text>` and `pulumi up`";

function localText({ local, registry }: Status["foundation"], paint: Paint, now: Date): string[] {
    const built = local.createdAt === null ? "" : age(local.createdAt, now);
    switch (local.state) {
        case "official":
            return [paint.good("the official one")];
        case "override":
            return [
                paint.notice(`your own, built ${built}`),
                "back to the official one: cd foundation && docker compose pull",
            ];
        case "older":
            return [
                paint.notice(`an older official one (${local.tag ?? "no tag"}), built ${built}`),
                "get the newer one: cd foundation && docker compose pull",
            ];
        case "moved":
            return [paint.bad("not the one that was published under this tag"), movedRemedy(registry)];
        case "superseded":
            return [
                paint.notice(
                    `your own of an older foundation (${local.tag ?? "no tag"}), built ${built}, not in use`,
                ),
                "clear it away: foundation revert",
            ];
        case "absent":
            return ["not pulled; apps are built on the registry's"];
    }
}

function movedRemedy({ state }: RegistryStatus): string {
    switch (state) {
        case "current":
        case "newer":
            return "get the published one: cd foundation && docker compose pull";
        case "moved":
        case "missing":
            return `publish it again, under a new tag: ${republish}`;
        case "no-login":
        case "silent":
            return "see what the registry has: foundation verify";
    }
}

function registryText(registry: RegistryStatus, paint: Paint): string[] {
    switch (registry.state) {
        case "current":
            return [paint.good("has nothing newer")];
        case "newer":
            return [
                paint.notice("has a newer one; get it with git pull"),
                paint.faint(registry.detail ?? ""),
            ];
        case "moved":
            return [
                paint.bad(
                    `this tag names another image there now; publish again, under a new tag: ${republish}`,
                ),
                paint.faint(registry.detail ?? ""),
            ];
        case "missing":
            return [paint.bad(`does not have this image; publish it again: ${republish}`)];
        case "no-login":
            return [paint.faint("not asked, for want of a login; log in with foundation login")];
        case "silent":
            return [paint.faint(`not asked: ${registry.detail ?? ""}`)];
    }
}

function changesText(changes: Changes, paint: Paint): string[] {
    switch (changes.state) {
        case "none":
            return ["none; foundation/ is as published"];
        case "unknown":
            return [paint.faint(`can't be told: ${changes.reason}`)];
        case "changed": {
            const shown = changes.files.slice(0, 5);
            const rest = changes.files.length - shown.length;
            const more = rest > 0 ? ` and ${rest} more` : "";
            return [
                paint.notice("not published yet"),
                ...(shown.length > 0 ? [`${shown.join(", ")}${more}`] : []),
            ];
        }
    }
}

function appsText(apps: readonly AppStatus[], options: Options): string[] {
    if (apps.length === 0) return ["No apps yet: a folder under apps/ with a Dockerfile is one."];
    const { paint, columns } = options;
    const groups = apps.length > manyApps ? alike(apps, options) : apps.map((app) => [app]);
    const cells = groups.map((group): string[] => {
        const [app] = group;
        return app === undefined ? [] : appCells(app, options);
    });
    const header = ["built on", "next build", "to bring it up to date"];
    const widths = header.map((name, column) =>
        Math.max(...[name, ...cells.map((row) => row[column] ?? "")].map(width)),
    );
    const room = Math.max(columns - widths.reduce((sum, most) => sum + most + 2, 0), 12);
    const names = groups.map((group) =>
        apps.length > manyApps ? counted(group) : shortened(shortFolder(group[0]?.folder ?? ""), room),
    );
    const [head = "", ...rows] = table([
        ["App", ...header].map((name) => paint.strong(name)),
        ...cells.map((row, index) => [names[index] ?? "", ...row]),
    ]);
    const lines = rows.flatMap((row, index) => [
        row,
        ...(apps.length > manyApps ? members(groups[index] ?? [], options) : []),
    ]);
    const notes = apps.flatMap((app) => containerNotes(app, paint));
    const rest = notes.length - mostNotes;
    const problems = apps.flatMap(({ problem }) =>
        problem === null ? [] : [bullet(paint.bad("!"), inOneLine(problem), columns)],
    );
    const untold = problems.length - mostProblems;
    return [
        head,
        ...lines,
        ...(problems.length > 0 ? ["", ...problems.slice(0, mostProblems).flat()] : []),
        ...(untold > 0 ? [`  and ${untold} more that can't be built; --json names them all`] : []),
        ...(notes.length > 0 ? ["", ...notes.slice(0, mostNotes)] : []),
        ...(rest > 0 ? [`  and ${rest} more; --json names them all`] : []),
    ];
}

/** Apps of which the same is to be said, the largest group last: it is the one that matters least. */
function alike(apps: readonly AppStatus[], options: Options): readonly (readonly AppStatus[])[] {
    const groups = new Map<string, AppStatus[]>();
    for (const app of apps) {
        const said = appCells(app, options).join("\n");
        groups.set(said, [...(groups.get(said) ?? []), app]);
    }
    return [...groups.values()].sort((one, other) => one.length - other.length);
}

function counted(group: readonly AppStatus[]): string {
    return `${group.length} ${group.length === 1 ? "app" : "apps"}`;
}

/** The names in a group, as far as two lines hold them. */
function members(group: readonly AppStatus[], { paint, columns }: Options): string[] {
    const lines = wrap(group.map((app) => shortFolder(app.folder)).join(", "), columns - 30);
    const shown = lines.slice(0, 2);
    const more = lines.length > shown.length ? " … (--json names them all)" : "";
    return shown.map((line, index) => paint.faint(`    ${line}${index === shown.length - 1 ? more : ""}`));
}

function appCells(app: AppStatus, { paint, now }: Options): string[] {
    return [
        app.built === null ? "not built" : baseText(app.built.base, paint, now),
        app.next === "moved" || app.next === "missing" ? paint.bad(app.next) : app.next,
        appRemedy(app, paint),
    ];
}

function appRemedy(app: AppStatus, paint: Paint): string {
    if (app.problem !== null) return paint.bad("can't be built, see below");
    if (app.command !== null) return app.command.replace(/^cd \S+ && /, "");
    if (app.upToDate) return paint.good("nothing to do");
    return paint.bad(app.next === "unknown" ? "can't be told" : "waits for the foundation");
}

function baseText(base: Base, paint: Paint, now: Date): string {
    switch (base.state) {
        case "official":
            return paint.good("official");
        case "override":
            return paint.notice(
                base.createdAt === null ? "an override" : `override, ${age(base.createdAt, now)}`,
            );
        case "older":
            return paint.notice(`older, ${base.tag?.replace("content-", "") ?? "no tag"}`);
        case "moved":
        case "unknown":
            return paint.bad(base.state);
    }
}

function containerNotes(app: AppStatus, paint: Paint): string[] {
    return app.containers
        .filter(({ running }) => running)
        .flatMap(({ name, current, base }) => {
            if (!current) return [`${paint.notice("!")} ${name} still runs an older build (${base.state})`];
            // Of another service: the app's own is what the row says.
            if (base.state === app.built?.base.state) return [];
            return [`${paint.notice("!")} ${name} is on another foundation than the app (${base.state})`];
        });
}

function bullet(mark: string, text: string, columns: number): string[] {
    return wrap(text, columns - 2).map((line, index) => `${index === 0 ? mark : " "} ${line}`);
}

function shortFolder(folder: string): string {
    return folder.replace(/^apps\//, "");
}
