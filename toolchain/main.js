// `node toolchain/main.js <command> [arguments]`, behind the npm scripts.
//
// This file has no `import` statement and no recent syntax, so that a Node of any age gets as far as the sentence.

const usable = Number(process.versions.node.split(".")[0]) >= 18;

/** @type {Record<string, () => Promise<{ main: (args: string[]) => Promise<number> }>>} */
const commands = {
    start: () => import("./commands/start.js"),
    test: () => import("./commands/test.js"),
    pulumi: () => import("./commands/pulumi.js"),
    deploy: () => import("./commands/deploy.js"),
    run: () => import("./commands/run.js"),
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
    void Promise.all([command(), import("./problem.js")]).then(([{ main }, { exitCodeOf }]) =>
        exitCodeOf(() => main(process.argv.slice(3))).then((code) => {
            process.exitCode = code;
        }),
    );
}
