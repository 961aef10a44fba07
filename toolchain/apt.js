import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run, which } from "./command.js";

/**
 * @typedef {object} Source
 * @property {string} uri
 * @property {string} suite
 * @property {string[]} components
 * @property {string} [signedBy]
 */

/** @type {Promise<unknown> | undefined} */
let lists;

/**
 * Installs packages of the machine's Debian or Ubuntu.
 *
 * @param {readonly string[]} packages
 */
export async function aptInstall(packages) {
    // Third-party sources that do not answer fail an update without harm; a package that stays missing fails the install.
    lists ??= run("apt-get", ["update", "-q"]);
    await lists;
    // Not stopped half-way, whatever fails elsewhere: that would leave packages half configured.
    await must(
        `apt-get install ${packages.join(" ")}`,
        "apt-get",
        // What would need another package removed, such as a Docker from elsewhere, is for the user to decide.
        [
            "install",
            "-y",
            "-q",
            "--no-install-recommends",
            "--no-remove",
            "-o",
            "DPkg::Lock::Timeout=300",
            ...packages,
        ],
        { env: { DEBIAN_FRONTEND: "noninteractive" } },
    );
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
 * @param {string} release
 * @param {readonly string[]} packages
 * @param {Source} like the machine's own source, whose mirror and key serve the newer release too
 */
export function addRelease(release, packages, like) {
    const { source, preferences } = releaseFiles(release, packages, like);
    writeFileSync(`/etc/apt/sources.list.d/foundation-${release}.sources`, source);
    writeFileSync(`/etc/apt/preferences.d/foundation-${release}`, preferences);
    lists = undefined;
}

/**
 * @param {string} release
 * @param {readonly string[]} packages
 * @param {Source} like
 * @returns {{ source: string, preferences: string }}
 */
export function releaseFiles(release, packages, like) {
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

/** @returns {Source[]} where apt gets this machine's packages from */
export function machineSources() {
    const folder = "/etc/apt/sources.list.d";
    const files = ["/etc/apt/sources.list", ...list(folder).map((name) => join(folder, name))];
    return files.flatMap((file) => {
        if (file.endsWith(".sources")) return parseStanzas(read(file));
        return file.endsWith(".list") ? parseLines(read(file)) : [];
    });
}

/**
 * The newer of apt's two formats.
 *
 * @param {string} text
 * @returns {Source[]}
 */
export function parseStanzas(text) {
    return text.split(/\n\s*\n/).flatMap((stanza) => {
        /** @type {Map<string, string>} */
        const fields = new Map();
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

/**
 * The older one: `deb [signed-by=…] uri suite component…`.
 *
 * @param {string} text
 * @returns {Source[]}
 */
export function parseLines(text) {
    return text.split("\n").flatMap((line) => {
        const found = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
        if (!found) return [];
        const [, options, uri = "", suite = "", components] = found;
        const signedBy = /signed-by=(\S+)/.exec(options ?? "")?.[1];
        return [{ uri, suite, components: words(components), ...(signedBy ? { signedBy } : {}) }];
    });
}

/**
 * @param {string | undefined} text
 * @returns {string[]}
 */
function words(text) {
    return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** @param {string} folder */
function list(folder) {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

/** @param {string} file */
function read(file) {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

/** @returns {{ id: string, codename: string }} what os-release calls this machine's distribution */
export function distribution() {
    const release = read("/etc/os-release");
    /** @param {string} key */
    const value = (key) => new RegExp(`^${key}="?([^"\\n]*)`, "m").exec(release)?.[1] ?? "";
    return { id: value("ID"), codename: value("VERSION_CODENAME") };
}
