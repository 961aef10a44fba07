// `npm run docs`: writes docs/api from the docstrings of what the package exports. With `--check` it only says whether
// that is up to date.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "./command.ts";
import { root } from "./environment.ts";
import { exitCodeOf } from "./failures.ts";
import { Problem } from "../components/problem.ts";

const place = join(root, "docs", "api");

async function main(checks: boolean) {
    const folder = mkdtempSync(join(tmpdir(), "foundation-docs-"));
    try {
        const typedoc = ["node_modules/typedoc/bin/typedoc", "--out", folder];
        await must("typedoc", "node", typedoc, { cwd: root });
        if (!checks) {
            rmSync(place, { recursive: true, force: true });
            cpSync(folder, place, { recursive: true });
        } else if (JSON.stringify(textsIn(folder)) !== JSON.stringify(textsIn(place))) {
            throw new Problem("docs/api isn't what the docstrings say now; write it with `npm run docs`");
        }
        return 0;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function textsIn(folder: string): [name: string, text: string][] {
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    // Git may have given them CRLF.
    return names.map((name) => [name, readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n")]);
}

process.exitCode = await exitCodeOf(() => main(process.argv[2] === "--check"));
