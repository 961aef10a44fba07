import { counted, shortened, table, wrap } from "../terminal.ts";
import { age } from "./age.ts";
import { inFolder, pullCommand, republish, type FoundationStatus, type RegistryStatus } from "./model.ts";
import { bullet, type Style } from "./style.ts";

/** One foundation, with all that there is to say of it. */
export function foundationText(foundation: FoundationStatus, stack: string, style: Style): string[] {
    const { paint, columns, here } = style;
    const fields: [string, readonly string[]][] = [
        ["image", [foundation.image]],
        ["stack", [stack]],
        ["here", [...localWords(foundation, style).full, ...localRemedy(foundation)]],
        ["registry", registryWords(foundation.registry, style).full],
        ["changes", changesWords(foundation, style).full],
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
export function imagesText(images: readonly FoundationStatus[], stack: string, style: Style): string[] {
    const { paint, columns, here } = style;
    const rows = images.map((image) => [
        shortened(image.name, 20),
        localWords(image, style).brief,
        registryWords(image.registry, style).brief,
        changesWords(image, style).brief,
    ]);
    const advice = images.flatMap((image) => [
        ...(image.behind.length > 0 && image.folder !== null
            ? [`${image.name} is behind: ${inFolder(image.folder, "docker compose build")}`]
            : []),
        ...localRemedy(image).map((remedy) => `${image.name}: ${remedy}`),
        ...registryAdvice(image.registry.state).map((text) => `${image.name}: the registry ${text}`),
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

/** What is told in a table of several foundations, and in lines of its own where there is but one. */
interface Words {
    readonly brief: string;
    readonly full: readonly string[];
}

const unchanged = (text: string): string => text;

function words(paint: (text: string) => string, brief: string, full: string, ...more: string[]): Words {
    return { brief: paint(brief), full: [paint(full), ...more] };
}

function localWords({ local }: FoundationStatus, { paint, now }: Style): Words {
    const built = local.createdAt === null ? "" : age(local.createdAt, now);
    const which = `(${local.tag ?? "no tag"}), built ${built}`;
    switch (local.state) {
        case "official":
            return words(paint.good, "official", "the official one");
        case "override":
            return words(paint.notice, `your own${built && `, ${built}`}`, `your own, built ${built}`);
        case "older":
            // Each official one says the same time, so that the same files make the same image.
            return words(paint.notice, "an older one", `an older official one (${local.tag ?? "no tag"})`);
        case "moved":
            return words(paint.bad, "not the published", "not the one that was published under this tag");
        case "superseded":
            return words(
                paint.notice,
                "your own, not in use",
                `your own of an older foundation ${which}, not in use`,
            );
        case "absent":
            return words(unchanged, "not pulled", "not pulled; apps are built on the registry's");
    }
}

function registryWords({ state, detail }: RegistryStatus, { paint }: Style): Words {
    const [advice = ""] = registryAdvice(state);
    const more = paint.faint(detail ?? "");
    switch (state) {
        case "current":
            return words(paint.good, "nothing newer", "has nothing newer");
        case "newer":
            return words(paint.notice, "newer", advice, more);
        case "moved":
            return words(paint.bad, "another image", advice, more);
        case "missing":
            return words(paint.bad, "missing", advice);
        case "no-login":
            return words(paint.faint, "not asked", "skipped: not logged in; log in with `foundation login`");
        case "silent":
            return words(paint.faint, "not asked", `not asked: ${detail ?? ""}`);
    }
}

function changesWords({ changes, folder }: FoundationStatus, { paint }: Style): Words {
    switch (changes.state) {
        case "none":
            return words(unchanged, "none", `none; ${folder ?? ""}/ is as published`);
        case "unknown":
            return words(paint.faint, "unknown", `unknown: ${changes.reason}`);
        case "changed": {
            const { files } = changes;
            if (files.length === 0) return words(paint.notice, "not published", "not published yet");
            const rest = files.length - 5;
            const listed = `${files.slice(0, 5).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
            return words(
                paint.notice,
                `not published, ${counted(files.length, "file")}`,
                "not published yet",
                listed,
            );
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
            return [movedRemedy(registry.state, pull)];
        case "superseded":
            return ["remove it: foundation revert"];
    }
}

function movedRemedy(state: RegistryStatus["state"], pull: string): string {
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
function registryAdvice(state: RegistryStatus["state"]): string[] {
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
