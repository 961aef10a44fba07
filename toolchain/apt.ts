import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { must, run, which } from "./command.ts";

interface Source {
    readonly uri: string;
    readonly suite: string;
    readonly components: readonly string[];
    readonly signedBy?: string;
}

let lists: Promise<unknown> | undefined;

/** Installs packages of the machine's Debian or Ubuntu. */
export async function aptInstall(packages: readonly string[]) {
    // Third-party sources that do not answer fail an update without harm; a package that stays missing fails the install.
    lists ??= run("apt-get", ["update", "-q"]);
    await lists;
    // What would need another package removed, such as a Docker from elsewhere, is for the user to decide.
    const options = ["-y", "-q", "--no-install-recommends", "--no-remove", "-o", "DPkg::Lock::Timeout=300"];
    // Not stopped half-way, whatever fails elsewhere: that would leave packages half configured.
    await must(`apt-get install ${packages.join(" ")}`, "apt-get", ["install", ...options, ...packages], {
        env: { DEBIAN_FRONTEND: "noninteractive" },
    });
}

/** Whether this process may install packages here at all; FOUNDATION_NO_INSTALL=1 says no. */
export function mayInstall() {
    return (
        process.getuid?.() === 0 && which("apt-get") !== undefined && !process.env["FOUNDATION_NO_INSTALL"]
    );
}

/**
 * Adds a newer Debian release for the named packages only: the pin keeps every other package, and every later upgrade, on
 * the release the machine has.
 *
 * @param like the machine's own source, whose mirror and key serve the newer release too
 */
export function addRelease(release: string, packages: readonly string[], like: Source) {
    const { source, preferences } = releaseFiles(release, packages, like);
    writeFileSync(`/etc/apt/sources.list.d/foundation-${release}.sources`, source);
    writeFileSync(`/etc/apt/preferences.d/foundation-${release}`, preferences);
    lists = undefined;
}

export function releaseFiles(
    release: string,
    packages: readonly string[],
    like: Source,
): { source: string; preferences: string } {
    const origin = [`Types: deb`, `URIs: ${like.uri}`, `Suites: ${release}`, `Components: main`];
    const pin = `Pin: release n=${release}`;
    return {
        source: `${[...origin, ...(like.signedBy ? [`Signed-By: ${like.signedBy}`] : [])].join("\n")}\n`,
        preferences: [
            ["Package: *", pin, "Pin-Priority: 100"].join("\n"),
            "",
            [`Package: ${packages.join(" ")}`, pin, "Pin-Priority: 990", ""].join("\n"),
        ].join("\n"),
    };
}

/** Where apt gets this machine's packages from. */
export function machineSources(): Source[] {
    const files = globSync("/etc/apt/{sources.list,sources.list.d/*.{list,sources}}").sort();
    return files.flatMap((file) => {
        const text = readFileSync(file, "utf8");
        return file.endsWith(".list") ? parseLines(text) : parseStanzas(text);
    });
}

/** The newer of apt's two formats. */
export function parseStanzas(text: string): Source[] {
    return text.split(/\n\s*\n/).flatMap((stanza) => {
        const fields = new Map<string, string>();
        for (const line of stanza.split("\n")) {
            const field = /^([A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
            if (field?.[1]) fields.set(field[1].toLowerCase(), field[2] ?? "");
        }
        if (!words(fields.get("types")).includes("deb") || fields.get("enabled") === "no") return [];
        const signedBy = fields.get("signed-by");
        return words(fields.get("uris")).flatMap((uri) =>
            words(fields.get("suites")).map((suite) => ({
                uri,
                suite,
                components: words(fields.get("components")),
                ...(signedBy ? { signedBy } : {}),
            })),
        );
    });
}

/** The older one: `deb [signed-by=…] uri suite component…`. */
export function parseLines(text: string): Source[] {
    return text.split("\n").flatMap((line) => {
        const found = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
        if (!found) return [];
        const [, options, uri = "", suite = "", components] = found;
        const signedBy = /signed-by=(\S+)/.exec(options ?? "")?.[1];
        return [{ uri, suite, components: words(components), ...(signedBy ? { signedBy } : {}) }];
    });
}

function words(text: string | undefined): string[] {
    return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** A Linux distribution, as os-release calls it. */
export interface Distribution {
    readonly id: string;
    readonly codename: string;
}

/** This machine's. */
export function distribution(): Distribution {
    const file = "/etc/os-release";
    const release = existsSync(file) ? readFileSync(file, "utf8") : "";
    const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)`, "m").exec(release)?.[1] ?? "";
    return { id: value("ID"), codename: value("VERSION_CODENAME") };
}
