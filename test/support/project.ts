import * as fs from "node:fs";
import * as path from "node:path";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import { Clone } from "../../components/workspace/clone.ts";
import { oneImage } from "./example.ts";
import type { Published } from "../../components/workspace/emitted.ts";

const files = {
    "Pulumi.yaml": oneImage(fs.readFileSync("Pulumi.yaml", "utf8")),
    "Pulumi.dev.yaml": "config:\n  foundation:registry: local\n",
    "foundation/Dockerfile": "FROM scratch\n",
    "apps/one/Dockerfile": "FROM foundation\n",
};

/** A folder of a project with one app, to which nothing was emitted yet. */
export function projectIn(folder: (files: Readonly<Record<string, string>>) => string): string {
    return folder(files);
}

/** Writes what `pulumi up` writes for this image. */
export function emit(root: string, emitted: Published): void {
    for (const [name, file] of Object.entries(expectedFiles(new Clone(root), emitted))) {
        if (file.kind === "link") continue;
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), file.text ?? "");
    }
}
