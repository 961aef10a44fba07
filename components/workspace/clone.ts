import * as path from "node:path";
import type { FoundationConfig } from "../config.ts";
import { attempt, Problem } from "../problem.ts";
import { manifestFile, type Manifest } from "../render/manifest.ts";
import { findWorkspaces, type FoundWorkspaces } from "./apps.ts";
import type { Published } from "./emitted.ts";
import { readEmittedManifest } from "./emittedManifest.ts";
import { upwards } from "./folders.ts";
import { hasLayout, layoutFile } from "./layout.ts";
import { readManifest } from "./manifest.ts";
import { readRepositoryRoot, readStackConfig } from "./stackConfig.ts";

/** A clone of a repository with foundations. What it has is read when it is asked for, and once. */
export class Clone {
    /** The repository's root. */
    readonly root: string;
    readonly #project: string | undefined;
    #lock: { readonly manifest: Manifest | undefined } | undefined;
    #manifest: Manifest | undefined;
    #found: { readonly workspaces: FoundWorkspaces | undefined } | undefined;
    readonly #configs = new Map<string, FoundationConfig>();

    /** @param project the Pulumi project's folder; by default the one that the manifest names. */
    constructor(root: string, project?: string) {
        this.root = root;
        this.#project = project;
    }

    /**
     * The clone that a folder is in: from there upwards, the nearest folder with a manifest, or else with a layout or a
     * Pulumi project.
     *
     * @throws Problem when there is none of them.
     */
    static find(from: string): Clone {
        const root = upwards(from, manifestFile) ?? upwards(from, layoutFile);
        if (root !== undefined) return new Clone(root);
        const project = upwards(from, "Pulumi.yaml");
        if (project !== undefined) return new Clone(readRepositoryRoot(project), project);
        throw new Problem({
            wrong: `no ${manifestFile}, ${layoutFile} or Pulumi.yaml in ${from} or above it`,
            remedy: "run this in a clone of the repository that has one; `foundation init` makes a new one",
        });
    }

    /**
     * The Pulumi project's folder.
     *
     * @throws Problem where the foundations are published from another repository.
     */
    get project(): string {
        if (this.ownProject !== undefined) return this.ownProject;
        throw new Problem({
            wrong: "the foundations of this repository are published from another one",
            remedy: "do this there",
        });
    }

    /** The Pulumi project's folder; undefined where the foundations are published from another repository. */
    get ownProject(): string | undefined {
        if (this.#project !== undefined) return this.#project;
        const lock = attempt(() => this.lock);
        // Of one that can't be read, whoever needs what it says is told.
        const read = lock instanceof Problem ? undefined : lock;
        const { project } = read ?? (hasLayout(this.root) ? {} : { project: "." });
        return project === undefined ? undefined : path.join(this.root, project);
    }

    /**
     * What was published and who builds on it.
     *
     * @throws Problem when nothing was emitted here, or it can't be read.
     */
    get manifest(): Manifest {
        this.#manifest ??= this.lock ?? this.#formerManifest();
        return this.#manifest;
    }

    /** What a version without a `foundation.lock.json` has emitted; nothing where the foundations are published elsewhere. */
    #formerManifest(): Manifest {
        if (this.ownProject !== undefined) {
            return readEmittedManifest(this.root, (stack) => this.config(stack));
        }
        throw new Problem({
            wrong: `${path.join(this.root, manifestFile)} is missing`,
            remedy: "get it with `git pull`, or with `foundation sync --from <a stack or another repository's foundation.lock.json>`",
        });
    }

    /**
     * What its `foundation.lock.json` says; undefined where there is none.
     *
     * @throws Problem when it can't be read.
     */
    get lock(): Manifest | undefined {
        this.#lock ??= { manifest: readManifest(this.root) };
        return this.#lock.manifest;
    }

    /**
     * The foundation that stands for all where only one is asked for: the one called `foundation`, or else the first published.
     * With all of them by name.
     *
     * @throws Problem as {@link manifest} does.
     */
    get emitted(): Published {
        const { images, stack } = this.manifest;
        const published = Object.fromEntries(
            Object.entries(images).map(([name, { reference: image, digest }]) => [name, { image, digest }]),
        );
        const [main = Object.values(published)[0]] = Object.hasOwn(published, "foundation")
            ? [published["foundation"]]
            : [];
        return { image: "", digest: "", ...main, stack, images: published };
    }

    /** Where a `.env` and a Compose file are emitted, relative to the root. */
    get folders(): readonly string[] {
        const { images, workspaces } = this.manifest;
        return [
            ...new Set([
                ...Object.values(images).flatMap(({ folder }) => folder ?? []),
                ...Object.keys(workspaces),
            ]),
        ];
    }

    /** What is built here as the files are now; undefined where there is no configuration that can be used. */
    get found(): FoundWorkspaces | undefined {
        if (this.#found === undefined) {
            const config = attempt(() => this.config());
            const workspaces = config instanceof Problem ? undefined : findWorkspaces(this.root, config);
            this.#found = { workspaces };
        }
        return this.#found.workspaces;
    }

    /**
     * A stack's configuration.
     *
     * @param stack by default the one that the emitted files are of.
     * @throws Problem when it can't be used.
     */
    config(stack = this.manifest.stack): FoundationConfig {
        const config = this.#configs.get(stack) ?? readStackConfig(this.project, stack);
        this.#configs.set(stack, config);
        return config;
    }
}
