import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, distribution, machineSources, mayInstall } from "../apt.ts";
import { fill } from "../cache.ts";
import { must, run, which } from "../command.ts";
import { Problem } from "../../components/problem.ts";
import { Stopped } from "../failures.ts";
import type { Step } from "../report.ts";

const RELEASE = "bookworm";

/**
 * Debian's slim image, from its packages.
 *
 * @returns how it was made
 */
export async function makeDebianImage(image: string, step: Step): Promise<string> {
    const archive = await fill(`debian-${RELEASE}`, async (partial) => {
        await requireDebootstrap(image, step);
        step.doing("debootstrap");
        await bootstrap(image, partial, step);
    });
    step.doing("docker import");
    const changes = [
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        'CMD ["bash"]',
        "LABEL foundation.built-from=debootstrap",
    ];
    await must(`importing ${image}`, "docker", [
        "import",
        ...changes.flatMap((change) => ["--change", change]),
        join(archive, "rootfs.tar.gz"),
        image,
    ]);
    return "made with debootstrap";
}

async function requireDebootstrap(image: string, step: Step) {
    const why = `Docker Hub does not answer for ${image}`;
    if (process.getuid?.() !== 0) {
        throw new Problem(
            `${why}, and making it with debootstrap needs root: pull it where Docker Hub can be reached`,
        );
    }
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    if (which("debootstrap") && existsSync(keyring)) return;
    if (!mayInstall())
        throw new Problem(`${why}, and debootstrap to make it with is not installed: install debootstrap`);
    step.announce(`${why}: installing debootstrap with apt to make it`);
    step.doing("apt-get install");
    await aptInstall(["debootstrap", "debian-archive-keyring"]);
}

/**
 * As small as the official slim image: no package lists, no documentation, and none of it from later installs either.
 *
 * @param folder gets rootfs.tar.gz
 */
async function bootstrap(image: string, folder: string, step: Step) {
    const sources = distribution().id === "debian" ? machineSources() : [];
    const mirror = sources.find(({ suite }) => suite === RELEASE)?.uri;
    const rootfs = join(folder, "rootfs");
    const { signal } = step;
    const mustRun = (program: string, ...args: string[]) =>
        must(`making ${image}`, program, args, { signal });
    try {
        await mustRun("debootstrap", "--variant=minbase", RELEASE, rootfs, ...(mirror ? [mirror] : []));
        const suites = [RELEASE, `${RELEASE}-updates`, `${RELEASE}-security`];
        const lines = sources
            .filter(({ suite, components }) => suites.includes(suite) && components.includes("main"))
            .map(({ uri, suite }) => `deb ${uri} ${suite} main\n`);
        // Without sources of the machine's own, what debootstrap wrote stays.
        if (lines.length > 0)
            await writeFile(join(rootfs, "etc/apt/sources.list"), [...new Set(lines)].join(""));
        await writeFile(join(rootfs, "etc/dpkg/dpkg.cfg.d/docker"), DPKG_EXCLUDES);
        await writeFile(join(rootfs, "etc/apt/apt.conf.d/docker-clean"), APT_CLEAN);
        for (const path of ["usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale"]) {
            await rm(join(rootfs, path), { recursive: true, force: true });
        }
        const leftovers = ["var/lib/apt/lists", "var/cache/apt", "var/log"].map((path) => join(rootfs, path));
        await mustRun("find", ...leftovers, "-type", "f", "-delete");
        await mustRun("tar", "-czf", join(folder, "rootfs.tar.gz"), "--numeric-owner", "-C", rootfs, ".");
    } catch (error) {
        // A debootstrap that was stopped may have left these mounted.
        for (const path of ["proc", "sys", "dev"]) await run("umount", ["-l", join(rootfs, path)]);
        throw signal.aborted ? new Stopped() : error;
    }
    await rm(rootfs, { recursive: true, force: true });
}

const DPKG_EXCLUDES = `# The base image carries no documentation; packages installed later bring none either.
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
`;

const APT_CLEAN = `# Downloaded packages are of no use in an image.
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Acquire::Languages "none";
`;
