import pulumi from "@pulumi/eslint-plugin";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

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
        files: ["render/**"],
        rules: {
            "no-restricted-imports": [
                "error",
                {
                    patterns: [
                        {
                            group: [
                                "@pulumi/*",
                                "node:*",
                                "fs",
                                "fs/*",
                                "os",
                                "path",
                                "process",
                                "child_process",
                            ],
                            message: "render/ is pure: no Pulumi, file system, process or clock",
                        },
                    ],
                },
            ],
            "no-restricted-globals": [
                "error",
                "process",
                "Date",
                "performance",
                "console",
                "fetch",
                "setTimeout",
            ],
            "no-restricted-properties": ["error", { object: "Math", property: "random" }],
        },
    },
    {
        // Chai's assertions are property reads.
        files: ["test/**"],
        rules: { "@typescript-eslint/no-unused-expressions": "off" },
    },
    {
        files: ["toolchain/**", "cli/**", "deploy/**", "bench/**"],
        rules: { "no-console": "off" },
    },
);
