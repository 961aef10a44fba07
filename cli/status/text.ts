import { counted, inOneLine, shortened, table, width, wrap, type Paint } from "../terminal.ts";
import { age } from "./age.ts";
import type { Changes } from "../../components/workspace/changes.ts";
import {
    inFolder,
    pullCommand,
    type FoundationStatus,
    type LocalFoundation,
    type RegistryStatus,
    type ServiceStatus,
    type Status,
} from "./model.ts";
import type { Base } from "./bases.ts";

/** With more rows than this, services of which the same is to be said share a line, to keep to one screen. */
const manyRows = 20;
const mostNotes = 8;
const mostProblems = 3;

/** How the text is to be. */
export interface Options {
    readonly paint: Paint;
    readonly columns: number;
    readonly now: Date;
    /** Has the commands of a text work where its reader is. */
    readonly here?: (text: string) => string;
}

/** The status for people, in lines. */
export function statusText(status: Status, options: Options): string[] {
    const { images, stack, services } = status;
    const { paint, columns } = options;
    const [only] = images;
    return [
        ...(only !== undefined && images.length === 1
            ? foundationText(only, stack, options)
            : imagesText(images, stack, options)),
        "",
        ...servicesText(services, images, options),
        ...status.warnings.flatMap((warning) => ["", ...bullet(paint.notice("!"), warning, columns)]),
    ];
}

const unchanged = (text: string): string => text;

/** One foundation, with all that there is to say of it. */
function foundationText(
    foundation: FoundationStatus,
    stack: string,
    { paint, columns, now, here = unchanged }: Options,
): string[] {
    const fields: [string, string[]][] = [
        ["image", [foundation.image]],
        ["stack", [stack]],
        ["here", [localText(foundation, paint, now), ...localRemedy(foundation)]],
        ["registry", registryText(foundation.registry, paint)],
        ["changes", changesText(foundation, paint)],
    ];
    const label = (name: string): string => paint.faint(name.padEnd(10));
    return [
        paint.strong("Foundation"),
        ...fields.flatMap(([name, texts]) =>
            texts
                .flatMap((text) => wrap(here(text), columns - 12))
                .map((line, index) => `  ${label(index === 0 ? name : "")}${line}`),
        ),
    ];
}

/** Several foundations, a line for each, and what to do about those that are not as they should be. */
function imagesText(images: readonly FoundationStatus[], stack: string, options: Options): string[] {
    const { paint, columns, now, here = unchanged } = options;
    const rows = images.map((image) => [
        shortened(image.name, 20),
        localWords(image, paint, now),
        registryWords(image.registry, paint),
        changesWords(image.changes, paint),
    ]);
    const advice = images.flatMap((image) => [
        ...(image.behind.length > 0 && image.folder !== null
            ? [`${image.name} is behind: ${inFolder(image.folder, "docker compose build")}`]
            : []),
        ...localRemedy(image).map((remedy) => `${image.name}: ${remedy}`),
        ...registryAdvice(image.registry).map((text) => `${image.name}: the registry ${text}`),
    ]);
    const common = notAsked(images);
    return [
        `${paint.strong("Foundations")} of stack ${stack}`,
        ...table([["", "here", "registry", "changes"].map((name) => paint.faint(name)), ...rows]).map(
            (line) => `  ${line}`,
        ),
        ...[...advice, ...common].flatMap((text) => bullet(paint.notice("!"), here(text), columns)),
    ];
}

function localWords({ local }: FoundationStatus, paint: Paint, now: Date): string {
    const built = local.createdAt === null ? "" : `, ${age(local.createdAt, now)}`;
    const words: Readonly<Record<LocalFoundation["state"], string>> = {
        official: paint.good("official"),
        override: paint.notice(`your own${built}`),
        older: paint.notice("an older one"),
        moved: paint.bad("not the published"),
        superseded: paint.notice("your own, not in use"),
        absent: "not pulled",
    };
    return words[local.state];
}

function registryWords({ state }: RegistryStatus, paint: Paint): string {
    const words: Readonly<Record<RegistryStatus["state"], string>> = {
        current: paint.good("nothing newer"),
        newer: paint.notice("newer"),
        moved: paint.bad("another image"),
        missing: paint.bad("missing"),
        "no-login": paint.faint("not asked"),
        silent: paint.faint("not asked"),
    };
    return words[state];
}

function changesWords(changes: Changes, paint: Paint): string {
    switch (changes.state) {
        case "none":
            return "none";
        case "unknown":
            return paint.faint("unknown");
        case "changed": {
            const count = changes.files.length;
            return paint.notice(`not published${count === 0 ? "" : `, ${counted(count, "file")}`}`);
        }
    }
}

/** They share a registry, so it is said once. */
function notAsked(images: readonly FoundationStatus[]): string[] {
    const silent = images.find(({ registry }) => registry.state === "silent");
    if (silent !== undefined) return [`the registry was not asked: ${silent.registry.detail ?? ""}`];
    return images.some(({ registry }) => registry.state === "no-login")
        ? ["the registry was not asked: not logged in; log in with `foundation login`"]
        : [];
}

/** What helps when the registry has lost what was published: another text gives the same files another tag. */
export const republish = "`pulumi config set rebuild <a new text>` and `pulumi up`";

function localText({ local }: FoundationStatus, paint: Paint, now: Date): string {
    const built = local.createdAt === null ? "" : age(local.createdAt, now);
    const tag = local.tag ?? "no tag";
    const texts: Readonly<Record<LocalFoundation["state"], string>> = {
        official: paint.good("the official one"),
        override: paint.notice(`your own, built ${built}`),
        older: paint.notice(`an older official one (${tag}), built ${built}`),
        moved: paint.bad("not the one that was published under this tag"),
        superseded: paint.notice(`your own of an older foundation (${tag}), built ${built}, not in use`),
        absent: "not pulled; apps are built on the registry's",
    };
    return texts[local.state];
}

function localRemedy(foundation: FoundationStatus): string[] {
    const { local, registry } = foundation;
    const pull = pullCommand(foundation);
    switch (local.state) {
        case "official":
        case "absent":
            return [];
        case "override":
            return [`back to the official one: ${pull}`];
        case "older":
            return [`get the newer one: ${pull}`];
        case "moved":
            return [movedRemedy(registry, pull)];
        case "superseded":
            return ["remove it: foundation revert"];
    }
}

function movedRemedy({ state }: RegistryStatus, pull: string): string {
    switch (state) {
        case "current":
        case "newer":
            return `get the published one: ${pull}`;
        case "moved":
        case "missing":
            return `publish it again, under a new tag: ${republish}`;
        case "no-login":
        case "silent":
            return "see what the registry has: `foundation verify`";
    }
}

/** What is wrong with what the registry has, as the end of a sentence, with what to do. */
function registryAdvice({ state }: RegistryStatus): string[] {
    switch (state) {
        case "newer":
            return ["has a newer one; get it with git pull"];
        case "moved":
            return [`has another image under this tag now; publish again, under a new tag: ${republish}`];
        case "missing":
            return [`does not have this image; publish it again: ${republish}`];
        default:
            return [];
    }
}

function registryText(registry: RegistryStatus, paint: Paint): string[] {
    const [advice = ""] = registryAdvice(registry);
    switch (registry.state) {
        case "current":
            return [paint.good("has nothing newer")];
        case "newer":
            return [paint.notice(advice), paint.faint(registry.detail ?? "")];
        case "moved":
            return [paint.bad(advice), paint.faint(registry.detail ?? "")];
        case "missing":
            return [paint.bad(advice)];
        case "no-login":
            return [paint.faint("skipped: not logged in; log in with `foundation login`")];
        case "silent":
            return [paint.faint(`not asked: ${registry.detail ?? ""}`)];
    }
}

function changesText({ changes, folder }: FoundationStatus, paint: Paint): string[] {
    switch (changes.state) {
        case "none":
            return [`none; ${folder ?? ""}/ is as published`];
        case "unknown":
            return [paint.faint(`unknown: ${changes.reason}`)];
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

/** A line of the table: services of one workspace, or of several, of which the same is to be said. */
interface Row {
    readonly services: readonly ServiceStatus[];
    readonly cells: readonly string[];
}

function servicesText(
    services: readonly ServiceStatus[],
    images: readonly FoundationStatus[],
    options: Options,
): string[] {
    const concerned = services.filter(({ uses }) => uses.length > 0);
    const { paint, columns } = options;
    const unconcerned = unconcernedText(services, options);
    if (concerned.length === 0) {
        return [
            "No apps yet: a folder with a Compose file or a Dockerfile that builds on a foundation is one.",
            ...unconcerned,
        ];
    }
    const cellsOf = (service: ServiceStatus): string[] => serviceCells(service, images.length > 1, options);
    const byWorkspace = workspaceRows(concerned, cellsOf);
    const counts = byWorkspace.length > manyRows;
    const rows = counts ? alike(concerned, cellsOf) : byWorkspace;
    const header = ["built on", "next build", "to bring it up to date"];
    const widths = header.map((name, column) =>
        Math.max(...[name, ...rows.map(({ cells }) => cells[column] ?? "")].map(width)),
    );
    const room = Math.max(columns - widths.reduce((sum, most) => sum + most + 2, 0), 12);
    const names = rows.map((row) => (counts ? groupName(row) : nameOf(row, concerned, room)));
    const title = services.length === concerned.length && isSimple(concerned) ? "App" : "Service";
    const [head = "", ...lines] = table([
        [title, ...header].map((name) => paint.strong(name)),
        ...rows.map(({ cells }, index) => [names[index] ?? "", ...cells]),
    ]);
    const notes = concerned.flatMap((service) => containerNotes(service, paint));
    const rest = notes.length - mostNotes;
    const problems = concerned.flatMap(({ problem }) =>
        problem === null ? [] : [bullet(paint.bad("!"), inOneLine(problem), columns)],
    );
    const untold = problems.length - mostProblems;
    return [
        head,
        ...lines.flatMap((line, index) => [
            line,
            ...(counts ? members(rows[index]?.services ?? [], concerned, options) : []),
        ]),
        ...unconcerned,
        ...(problems.length > 0 ? ["", ...problems.slice(0, mostProblems).flat()] : []),
        ...(untold > 0 ? [`  and ${untold} more that can't be built; --json names them all`] : []),
        ...(notes.length > 0 ? ["", ...notes.slice(0, mostNotes)] : []),
        ...(rest > 0 ? [`  and ${rest} more; --json names them all`] : []),
    ];
}

/** Those whose builds use no foundation are named, so that nobody has to wonder where they are. */
function unconcernedText(services: readonly ServiceStatus[], { paint, columns }: Options): string[] {
    const names = services.filter(({ uses }) => uses.length === 0).map((one) => fullName(one, services));
    if (names.length === 0) return [];
    const [line = "", ...more] = wrap(`not on a foundation: ${names.join(", ")}`, columns - 28);
    return [paint.faint(more.length === 0 ? line : `${line} … (--json names them all)`)];
}

/** A line for each workspace whose services are all alike, else a line for each service. */
function workspaceRows(
    services: readonly ServiceStatus[],
    cellsOf: (service: ServiceStatus) => string[],
): readonly Row[] {
    const workspaces = Map.groupBy(services, ({ folder }) => folder);
    return [...workspaces.values()].flatMap((workspace): readonly Row[] => {
        const rows = workspace.map((service): Row => ({ services: [service], cells: cellsOf(service) }));
        const [first] = rows;
        const same = new Set(rows.map(({ cells }) => cells.join("\n"))).size === 1;
        return same && first !== undefined ? [{ services: workspace, cells: first.cells }] : rows;
    });
}

/** Services of which the same is to be said, the largest group last: it is the one that matters least. */
function alike(
    services: readonly ServiceStatus[],
    cellsOf: (service: ServiceStatus) => string[],
): readonly Row[] {
    const rows = services.map((service) => ({ service, cells: cellsOf(service) }));
    return [...Map.groupBy(rows, ({ cells }) => cells.join("\n")).values()]
        .map((group): Row => ({
            services: group.map(({ service }) => service),
            cells: group[0]?.cells ?? [],
        }))
        .sort((one, other) => one.services.length - other.services.length);
}

/** Whether every workspace has one service, as a folder with a Dockerfile has. */
function isSimple(services: readonly ServiceStatus[]): boolean {
    return new Set(services.map(({ folder }) => folder)).size === services.length;
}

/** A name of at most so many characters, of which the folder has what the service leaves. */
function nameOf({ services }: Row, all: readonly ServiceStatus[], room: number): string {
    const [first, second] = services;
    if (first === undefined) return "";
    const folder = first.folder === "." && second !== undefined ? "the root" : shortFolder(first.folder);
    const name = second === undefined ? fullName(first, all) : `${folder} (${services.length} services)`;
    const rest = name.slice(folder.length);
    if (!name.startsWith(folder)) return shortened(name, room);
    return shortened(`${shortened(folder, Math.max(room - rest.length, 8))}${rest}`, room);
}

/** A service's name: that of its workspace alone where that tells which. */
export function fullName({ folder, service }: ServiceStatus, all: readonly ServiceStatus[]): string {
    const alone = all.filter((other) => other.folder === folder).length === 1;
    return alone && folder !== "."
        ? shortFolder(folder)
        : `${folder === "." ? "" : `${shortFolder(folder)}: `}${service}`;
}

function groupName({ services }: Row): string {
    return counted(services.length, isSimple(services) ? "app" : "service");
}

/** The names in a group, as far as two lines hold them. */
function members(
    group: readonly ServiceStatus[],
    all: readonly ServiceStatus[],
    { paint, columns }: Options,
): string[] {
    const lines = wrap(group.map((service) => fullName(service, all)).join(", "), columns - 30);
    const shown = lines.slice(0, 2);
    const more = lines.length > shown.length ? " … (--json names them all)" : "";
    return shown.map((line, index) => paint.faint(`    ${line}${index === shown.length - 1 ? more : ""}`));
}

function serviceCells(service: ServiceStatus, several: boolean, { paint, now }: Options): string[] {
    const { built, next } = service;
    return [
        built === null ? "not built" : baseText(built.base, several, paint, now),
        next === "moved" || next === "missing" ? paint.bad(next) : (next ?? ""),
        remedyOf(service, paint),
    ];
}

function remedyOf(service: ServiceStatus, paint: Paint): string {
    if (service.problem !== null) return paint.bad("can't be built, see below");
    if (service.command !== null) return service.command.replace(/^cd .*? && /, "");
    if (service.upToDate) return paint.good("nothing to do");
    return paint.bad(service.next === "unknown" ? "unknown" : "waits for the foundation");
}

/** @param several whether it has to be said which foundation it is. */
function baseText(base: Base, several: boolean, paint: Paint, now: Date): string {
    const name = several && base.foundation !== null ? `${shortened(base.foundation, 16)}, ` : "";
    switch (base.state) {
        case "official":
            return paint.good(`${name}official`);
        case "override":
            if (several) return paint.notice(`${name}override`);
            return paint.notice(
                base.createdAt === null ? "an override" : `override, ${age(base.createdAt, now)}`,
            );
        case "older":
            return paint.notice(
                several ? `${name}older` : `older, ${base.tag?.replace("content-", "") ?? "no tag"}`,
            );
        case "moved":
        case "unknown":
            return paint.bad(`${name}${base.state}`);
    }
}

function containerNotes(service: ServiceStatus, paint: Paint): string[] {
    return service.containers
        .filter(({ running }) => running)
        .flatMap(({ name, current, base }) => {
            if (!current) return [`${paint.notice("!")} ${name} still runs an older build (${base.state})`];
            // Of another service: the one that is built is what the row says.
            if (base.state === service.built?.base.state) return [];
            return [`${paint.notice("!")} ${name} is on another foundation than the app (${base.state})`];
        });
}

function bullet(mark: string, text: string, columns: number): string[] {
    return wrap(text, columns - 2).map((line, index) => `${index === 0 ? mark : " "} ${line}`);
}

function shortFolder(folder: string): string {
    return folder.replace(/^apps\//, "");
}
