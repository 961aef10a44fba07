// `node toolchain/pack.ts [folder]`: makes foundation-image-<version>.tgz in the folder, by default the current one.
//
// The package is a folder of its own: here the code runs as it is, and Node strips no types below node_modules.

import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { must } from "./command.ts";
import { root } from "./environment.ts";
import { npm } from "./parts/packages.ts";
import { exitCodeOf } from "./failures.ts";

/** What is no code, by its place in the package. */
const COPIES = {
    "components/plugin/pulumi-resource-foundation": "components/plugin/pulumi-resource-foundation",
    "components/plugin/pulumi-resource-foundation.cmd": "components/plugin/pulumi-resource-foundation.cmd",
    "components/README.md": "README.md",
    "CHANGELOG.md": "CHANGELOG.md",
    LICENSE: "LICENSE",
};

interface Manifest {
    readonly name: string;
    readonly version: string;
    readonly exports: Readonly<Record<string, string>>;
    readonly private?: boolean;
}

async function pack(destination: string) {
    // npm wants it to be there.
    mkdirSync(destination, { recursive: true });
    const folder = mkdtempSync(join(tmpdir(), "foundation-pack-"));
    try {
        const tsc = ["node_modules/typescript/bin/tsc", "-p", "components/tsconfig.package.json"];
        await must("compiling the package", "node", [...tsc, "--outDir", folder], { cwd: root });
        // Types are for those who import, and the commands and the plugin are run.
        for (const file of globSync("{cli,toolchain,components/plugin}/**/*.d.*ts", { cwd: folder })) {
            rmSync(join(folder, file));
        }
        for (const [from, to] of Object.entries(COPIES)) cpSync(join(root, from), join(folder, to));
        writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(), undefined, 2)}\n`);
        const args = ["pack", "--pack-destination", resolve(destination), folder];
        await npm("npm pack", args, { cwd: folder });
        const { name, version } = manifest();
        console.log(join(resolve(destination), `${name}-${version}.tgz`));
        return 0;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** That of the workspace, with what is compiled in the place of its source. */
function manifest() {
    const text = readFileSync(join(root, "components", "package.json"), "utf8");
    const { exports, ...rest } = JSON.parse(text) as Manifest;
    const compiled = Object.entries(exports).map(([name, source]) => {
        const file = source.replace("./", "./components/").replace(/\.ts$/, "");
        return [name, { types: `${file}.d.ts`, default: `${file}.js` }] as const;
    });
    return {
        ...rest,
        private: undefined,
        exports: { ...Object.fromEntries(compiled), "./package.json": "./package.json" },
        bin: {
            foundation: "cli/foundation.cjs",
            "pulumi-resource-foundation": "components/plugin/launch.cjs",
        },
    };
}

process.exitCode = await exitCodeOf(() => pack(process.argv[2] ?? "."));
