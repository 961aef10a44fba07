import pulumi from "@pulumi/eslint-plugin";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** The rooms of components/; data flows from the first to the last. */
const rooms = ["render", "oci", "docker", "azure", "workspace", "resources", "plugin"];

export default defineConfig(
    { ignores: ["eslint.config.js", "node_modules/", ".foundation/", "apps/", "foundation/"] },
    tseslint.configs.strictTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true } },
        plugins: { "@pulumi": pulumi },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "no-console": "error",
        },
    },
    {
        // Text is decided here from plain values alone, so that the same input gives the same bytes anywhere.
        files: ["components/render/**"],
        rules: {
            ...imports(
                String.raw`^(?!\.\/[^/]+$|(yaml|re2js)$)`,
                "render/ is pure: it imports its own files, yaml and re2js, and nothing with effects",
                { selector: "MetaProperty[meta.name='import']", message: "render/ doesn't know where it is" },
            ),
            "no-restricted-globals": [
                "error",
                ...["process", "global", "globalThis", "navigator", "console", "fetch"],
                ...["Date", "performance", "crypto", "setTimeout", "setInterval", "setImmediate"],
            ],
            "no-restricted-properties": ["error", { object: "Math", property: "random" }],
        },
    },
    ...rooms.slice(1).map(direction),
    {
        files: ["components/*.ts"],
        rules: imports(
            String.raw`^\.\.\/|^\.\/plugin\/`,
            "a component imports from components/ alone, and nothing of the plugin's",
        ),
    },
    {
        // Chai's assertions are property reads.
        files: ["test/**"],
        rules: { "@typescript-eslint/no-unused-expressions": "off" },
    },
    {
        files: [
            "toolchain/**",
            "cli/**",
            "test/bench/**",
            "test/conformance/**",
            "test/docker29/**",
            "test/mutants/**",
            "test/support/output.ts",
        ],
        rules: { "no-console": "off" },
    },
);

/** A room imports those before it, and no program that is built on them all. */
function direction(room, index) {
    const later = rooms.slice(index + 2).map((name) => String.raw`(\.\.\/)+${name}\/`);
    const outside = String.raw`(\.\.\/)+(cli|test|toolchain)\/`;
    return {
        files: [`components/${room}/**`],
        rules: imports(
            `^(${[...later, outside].join("|")})`,
            `components/${room}/ can't import that: CONTRIBUTING.md has the direction`,
        ),
    };
}

/** Forbids imports by a pattern, dynamic ones too, which `no-restricted-imports` doesn't see. */
function imports(pattern, message, ...syntax) {
    return {
        "no-restricted-imports": ["error", { patterns: [{ regex: pattern, message }] }],
        "no-restricted-syntax": [
            "error",
            { selector: `ImportExpression[source.value=/${pattern}/]`, message },
            {
                selector: "ImportExpression[source.type!='Literal']",
                message: "name the file that is imported",
            },
            ...syntax,
        ],
    };
}
