import { counted, inOneLine, shortened, table, width, wrap, type Paint } from "../terminal.ts";
import { age } from "./age.ts";
import type { Base } from "./bases.ts";
import { withoutFolder, type FoundationStatus, type ServiceStatus } from "./model.ts";
import { bullet, type Style } from "./style.ts";

/** With more rows than this, services of which the same is to be said share a line, to keep to one screen. */
const manyRows = 20;
const mostNotes = 8;
const mostProblems = 3;

/** A line of the table: services of one workspace, or of several, of which the same is to be said. */
interface Row {
    readonly services: readonly ServiceStatus[];
    readonly cells: readonly string[];
}

/** The services in a table, and what is to be said of them below it. */
export function servicesText(
    services: readonly ServiceStatus[],
    images: readonly FoundationStatus[],
    style: Style,
): string[] {
    const concerned = services.filter(({ uses }) => uses.length > 0);
    const { paint, columns } = style;
    const unconcerned = unconcernedText(services, style);
    if (concerned.length === 0) {
        return [
            "No apps yet: a folder with a Compose file or a Dockerfile that builds on a foundation is one.",
            ...unconcerned,
        ];
    }
    const cellsOf = (service: ServiceStatus): string[] => serviceCells(service, images.length > 1, style);
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
            ...(counts ? members(rows[index]?.services ?? [], concerned, style) : []),
        ]),
        ...unconcerned,
        ...(problems.length > 0 ? ["", ...problems.slice(0, mostProblems).flat()] : []),
        ...(untold > 0 ? [`  and ${untold} more that can't be built; --json names them all`] : []),
        ...(notes.length > 0 ? ["", ...notes.slice(0, mostNotes)] : []),
        ...(rest > 0 ? [`  and ${rest} more; --json names them all`] : []),
    ];
}

/** Those whose builds use no foundation are named, so that nobody has to wonder where they are. */
function unconcernedText(services: readonly ServiceStatus[], { paint, columns }: Style): string[] {
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
    { paint, columns }: Style,
): string[] {
    const lines = wrap(group.map((service) => fullName(service, all)).join(", "), columns - 30);
    const shown = lines.slice(0, 2);
    const more = lines.length > shown.length ? " … (--json names them all)" : "";
    return shown.map((line, index) => paint.faint(`    ${line}${index === shown.length - 1 ? more : ""}`));
}

function serviceCells(service: ServiceStatus, several: boolean, { paint, now }: Style): string[] {
    const { built, next } = service;
    return [
        built === null ? "not built" : baseText(built.base, several, paint, now),
        next === "moved" || next === "missing" ? paint.bad(next) : (next ?? ""),
        remedyOf(service, paint),
    ];
}

function remedyOf(service: ServiceStatus, paint: Paint): string {
    if (service.problem !== null) return paint.bad("can't be built, see below");
    if (service.command !== null) return withoutFolder(service.command);
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

function shortFolder(folder: string): string {
    return folder.replace(/^apps\//, "");
}
