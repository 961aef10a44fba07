import { existsSync } from "node:fs";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, distribution, machineSources, mayInstall } from "../apt.js";
import { fill } from "../cache.js";
import { must, run, which } from "../command.js";
import { root } from "../environment.js";
import { GoModule } from "../offline/goModule.js";
import { Problem, Stopped } from "../problem.js";

const REGISTRY_IMAGE = "registry:3";
const DEBIAN_IMAGE = "debian:bookworm-slim";
const DEBIAN_RELEASE = "bookworm";

/** How long Docker Hub may take to say that it has the image. */
const ANSWER_LIMIT = 20_000;

/** Says of an image that it is the stand-in. */
const LABEL = "foundation.built-from";

/**
 * The registry's own image.
 *
 * @param {import("../report.js").Step} step
 */
export async function provideRegistryImage(step) {
    const present = await presentOrPulled(REGISTRY_IMAGE, step);
    if (present) return present;

    const module = new GoModule("registry");
    const version = module.versionOf("github.com/distribution/distribution/v3");
    await module.requireGo(`Docker Hub does not answer for ${REGISTRY_IMAGE}`);
    step.doing("building from a Go module");
    const architecture = (
        await must("asking the Docker engine", "docker", ["version", "--format", "{{.Server.Arch}}"])
    ).stdout.trim();
    const files = join(root, "toolchain", "offline", "images", "registry");
    const context = await fill(
        `registry-${version}-go-${module.fingerprint}-${architecture}`,
        async (partial) => {
            await module.build(join(partial, "registry"), step, {
                env: { GOOS: "linux", GOARCH: architecture },
            });
            for (const file of ["Dockerfile", "config.yml"])
                await copyFile(join(files, file), join(partial, file));
        },
    );
    const label = `${LABEL}=${module.tool}@v${version}`;
    await must(
        `building ${REGISTRY_IMAGE}`,
        "docker",
        ["build", "-t", REGISTRY_IMAGE, "--label", label, context],
        {
            env: { DOCKER_BUILDKIT: "1", BUILDX_BUILDER: "default" },
            signal: step.signal,
        },
    );
    return { title: REGISTRY_IMAGE, how: `${version} built from its Go module` };
}

/**
 * The image that the example foundation starts from.
 *
 * @param {import("../report.js").Step} step
 */
export async function provideDebianImage(step) {
    const present = await presentOrPulled(DEBIAN_IMAGE, step);
    if (present) return present;

    const archive = await fill(`debian-${DEBIAN_RELEASE}`, async (partial) => {
        await requireDebootstrap(step);
        step.doing("debootstrap");
        await bootstrap(partial, step);
    });
    step.doing("docker import");
    const changes = [
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        'CMD ["bash"]',
        `LABEL ${LABEL}=debootstrap`,
    ];
    await must(`importing ${DEBIAN_IMAGE}`, "docker", [
        "import",
        ...changes.flatMap((change) => ["--change", change]),
        join(archive, "rootfs.tar.gz"),
        DEBIAN_IMAGE,
    ]);
    return { title: DEBIAN_IMAGE, how: "made with debootstrap" };
}

/**
 * @param {string} image
 * @param {import("../report.js").Step} step
 * @returns {Promise<import("../report.js").Outcome | undefined>}
 */
async function presentOrPulled(image, step) {
    if ((await run("docker", ["image", "inspect", image])).code === 0) {
        return { title: image, how: "already here" };
    }
    step.doing("pulling");
    const limit = new AbortController();
    const timer = setTimeout(() => {
        limit.abort();
    }, ANSWER_LIMIT);
    const { code } = await run("docker", ["pull", image], {
        signal: limit.signal,
        onOutput: (text) => {
            // From here on the network works, and what is left takes as long as it takes.
            if (text.includes("Pulling from")) clearTimeout(timer);
        },
    });
    clearTimeout(timer);
    return code === 0 ? { title: image, how: "pulled" } : undefined;
}

/** @param {import("../report.js").Step} step */
async function requireDebootstrap(step) {
    const why = `Docker Hub does not answer for ${DEBIAN_IMAGE}`;
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
 * @param {string} folder gets rootfs.tar.gz
 * @param {import("../report.js").Step} step
 */
async function bootstrap(folder, step) {
    const sources = distribution().id === "debian" ? machineSources() : [];
    const mirror = sources.find(({ suite }) => suite === DEBIAN_RELEASE)?.uri;
    const rootfs = join(folder, "rootfs");
    const what = `making ${DEBIAN_IMAGE}`;
    const { signal } = step;
    try {
        await must(
            what,
            "debootstrap",
            ["--variant=minbase", DEBIAN_RELEASE, rootfs, ...(mirror ? [mirror] : [])],
            { signal },
        );
        const suites = [DEBIAN_RELEASE, `${DEBIAN_RELEASE}-updates`, `${DEBIAN_RELEASE}-security`];
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
        await must(what, "find", [...leftovers, "-type", "f", "-delete"], { signal });
        await must(
            what,
            "tar",
            ["-czf", join(folder, "rootfs.tar.gz"), "--numeric-owner", "-C", rootfs, "."],
            { signal },
        );
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
