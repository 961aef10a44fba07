import { expect } from "chai";
import { ESLint } from "eslint";

/** The lines that the lint restricts, and by which rule. Rules that need types are left out, as a text has none. */
async function findings(filePath: string, text: string): Promise<string[]> {
    const eslint = new ESLint({
        overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
        ruleFilter: ({ ruleId }) => ruleId.startsWith("no-restricted-"),
    });
    const [result] = await eslint.lintText(text, { filePath });
    return (result?.messages ?? []).map(({ line, ruleId, message }) => `${line}: ${ruleId ?? message}`);
}

describe("the lint", () => {
    const outward = [
        'import fs from "node:fs";',
        'import "fs";',
        'import * as pulumi from "@pulumi/pulumi";',
        'import { readApps } from "../components/workspace/apps.ts";',
        'import type { FoundationConfig } from "../components/config.ts";',
        'import "../components/problem.ts";',
        'export { readApps } from "../components/workspace/apps.ts";',
        'await import("node:fs");',
        'await import("@pulumi/pulumi");',
        "await import(`node:fs`);",
        'await import("node:" + "fs");',
        "process.env;",
        "globalThis.process.env;",
        "import.meta.dirname;",
        "Date.now();",
        "new Date();",
        "Math.random();",
        "const { random } = Math;",
    ];
    for (const text of outward) {
        it(`keeps render/ pure of ${text}`, async () => {
            const found = await findings("components/render/some.ts", text);
            expect(found).to.have.lengthOf(1);
            expect(found[0]).to.match(/^1: no-restricted-/);
        });
    }

    it("lets render/ import its own files and what only computes", async () => {
        const text = 'import { x } from "./x.ts";\nimport { parse } from "yaml";\nawait import("./y.ts");\n';
        expect(await findings("components/render/some.ts", text)).to.deep.equal([]);
    });

    const backward: readonly (readonly [file: string, imported: string])[] = [
        ["components/some.ts", "../cli/terminal.ts"],
        ["components/some.ts", "./plugin/wire.ts"],
        ["components/oci/some.ts", "../docker/docker.ts"],
        ["components/docker/some.ts", "../workspace/apps.ts"],
        ["components/workspace/some.ts", "../resources/resource.ts"],
        ["components/resources/composeProject/some.ts", "../../plugin/fault.ts"],
        ["components/resources/composeProject/some.ts", "../../../cli/terminal.ts"],
        ["components/plugin/some.ts", "../../test/support/folder.ts"],
    ];
    for (const [file, imported] of backward) {
        it(`keeps ${imported} out of ${file}`, async () => {
            const text = `import "${imported}";\nawait import("${imported}");\n`;
            expect(await findings(file, text)).to.deep.equal([
                "1: no-restricted-imports",
                "2: no-restricted-syntax",
            ]);
        });
    }

    it("lets a room import those before it", async () => {
        const text = 'import "../render/envFile.ts";\nimport "../problem.ts";\nawait import("./y.ts");\n';
        expect(await findings("components/workspace/some.ts", text)).to.deep.equal([]);
        expect(await findings("components/plugin/some.ts", text)).to.deep.equal([]);
    });
});
