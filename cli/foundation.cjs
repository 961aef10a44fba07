#!/usr/bin/env node
// CommonJS in the syntax of old Nodes, so that they get as far as the sentence below.
"use strict";

var version = process.versions.node.split(".");
var major = Number(version[0]);
if (major < 22 || (major === 22 && Number(version[1]) < 18)) {
    console.error(
        "foundation: needs Node 22.18 or newer, found " +
            process.version +
            "; install it from https://nodejs.org",
    );
    process.exitCode = 2;
} else {
    // Nearly halves the start.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require("node:module").enableCompileCache();
    void import("./main.ts").then(function (module) {
        return module.main(process.argv.slice(2)).then(function (code) {
            // Where something could not be done, nobody waits for what may still be going on.
            if (code === 2) process.exit(code);
            process.exitCode = code;
        });
    });
}
