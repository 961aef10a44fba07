#!/usr/bin/env node
// CommonJS, which every Node runs: even an old one gets as far as to say that it is too old.
"use strict";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
    process.stderr.write(
        `The foundation provider needs Node 22.18 or newer, found ${process.version} at ${process.execPath}\n`,
    );
    process.exit(1);
}

// The cache nearly halves the time to start. It is written when the plugin is told to end.
void import("node:module").then(({ enableCompileCache }) => {
    enableCompileCache();
    return import("./main.ts");
});
