// `node toolchain/main.js <command> [arguments]`, behind the npm scripts.
//
// This file has no `import` statement and no recent syntax, so that a Node of any age gets as far as the sentence. What
// it loads on Node 18 is JavaScript; the commands are TypeScript, for the Node that is then there.

const usable = Number(process.versions.node.split(".")[0]) >= 18;

/** @type {Record<string, () => Promise<{ main: (args: string[]) => Promise<number> }>>} */
const commands = {
    start: () => import("./commands/start.ts"),
    test: () => import("./commands/test.ts"),
    pulumi: () => import("./commands/pulumi.ts"),
    deploy: () => import("./commands/deploy.ts"),
    run: () => import("./commands/run.ts"),
};

const command = commands[process.argv[2] || ""];

if (!usable) {
    console.error(
        "Node " +
            process.versions.node +
            " is too old to set this up: install Node 18 or newer, from https://nodejs.org",
    );
    process.exitCode = 1;
} else if (!command) {
    console.error("usage: node toolchain/main.js " + Object.keys(commands).join("|") + " [arguments]");
    process.exitCode = 2;
} else {
    void import("./bootstrap.js")
        .then(({ run }) => run(command, process.argv.slice(3)))
        .then((code) => {
            process.exitCode = code;
        });
}
