import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../problem.ts";
import { parseReference, type ImageReference } from "../render/imageReference.ts";
import { readEnvFile } from "./env.ts";

/** What the emitted `.env` of the foundation says. */
export interface Emitted {
    readonly image: string;
    readonly digest: string;
    readonly stack: string;
}

/** What a deployment has published. */
export interface Published extends Emitted {
    /** Each image by its name; where they aren't told, there is but one. */
    readonly images?: Readonly<Record<string, Pick<Emitted, "image" | "digest">>>;
    /** Whom developers log in as; that of the manifest where it isn't told. */
    readonly pullUsername?: string | undefined;
}

/** What brings emitted files back. */
export const remedyForMissing = "get the emitted files with `git pull`, `foundation sync` or `pulumi up`";

/**
 * What the emitted `.env` of the foundation says; the file alone, without the shell's variables and without what lines of the
 * user's own make of it.
 *
 * @throws Problem when it is missing or says too little.
 */
export function readEmitted(root: string): Emitted {
    const env = readEnvFile(root, "foundation");
    const {
        FOUNDATION_IMAGE: image,
        FOUNDATION_DIGEST: digest,
        FOUNDATION_STACK: stack,
    } = { ...env?.values, ...env?.block };
    if (!image || !digest || !stack) {
        const file = path.join(root, "foundation", ".env");
        const found = env === undefined ? missing(file) : "doesn't name the foundation";
        throw new Problem({ wrong: `${file} ${found}`, remedy: remedyForMissing });
    }
    return { image, digest, stack };
}

function missing(file: string): string {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return "is missing";
    return `is a link to ${fs.readlinkSync(file)}, which is missing`;
}

/**
 * The registry that a foundation is in.
 *
 * @throws Problem when its name has none. It would be one of Docker Hub's, where our password has no business.
 */
export function registryOf(image: string): ImageReference {
    const reference = parseReference(image);
    if (reference.server !== "" && URL.canParse(`https://${reference.server}`)) return reference;
    throw new Problem({
        wrong: `the foundation's name "${image}" has no registry in it`,
        remedy: remedyForMissing,
    });
}

/** The folders of apps, in byte order: those under `apps/` that have a Dockerfile. */
export function appFolders(root: string): string[] {
    const home = path.join(root, "apps");
    if (!fs.existsSync(home)) return [];
    return fs
        .readdirSync(home)
        .filter((name) => fs.existsSync(path.join(home, name, "Dockerfile")))
        .sort()
        .map((name) => `apps/${name}`);
}
