import type { Command } from "./command.ts";

const json = { does: "print JSON" };
const emittedStack = {
    value: "STACK",
    does: "the stack; by default the one of the emitted files",
};
const selectedStack = { value: "STACK", does: "the stack; by default the selected one" };

/** The commands, in the order of the help. */
export const commands: Readonly<Record<string, Command>> = {
    init: {
        summary: "set up a repository: look at it, and write a small Pulumi project",
        options: {
            folder: { value: "FOLDER", does: "where to write it, such as infra" },
            foundation: { value: "FOLDERS", does: "folders of base images, with commas between them" },
            apps: { value: "GLOBS", does: "folders of apps, with commas between them, such as services/*" },
            yes: { does: "take what is proposed, without asking" },
        },
        makesProject: true,
        example: "foundation init --folder infra",
        load: () => import("./commands/init.ts"),
    },
    start: {
        summary: "deploy a stack whose state is in this clone, and log Docker in",
        options: { stack: { value: "STACK", does: "the stack, dev by default" } },
        example: "foundation start",
        load: () => import("./commands/start.ts"),
    },
    pulumi: {
        summary: "run Pulumi with the state of foundation start",
        options: {},
        handsTo: "pulumi",
        example: "foundation pulumi destroy",
        load: () => import("./commands/pulumi.ts"),
    },
    status: {
        summary: "show which foundation you and your apps are on",
        options: {
            json,
            check: { does: "exit with 1 unless everything is on the official foundation" },
        },
        example: "foundation status --check",
        load: () => import("./commands/status.ts"),
    },
    revert: {
        summary: "go back to the official foundation",
        options: { "dry-run": { does: "show what would be pulled and removed" } },
        example: "foundation revert --dry-run",
        load: () => import("./commands/revert.ts"),
    },
    login: {
        summary: "log Docker in to the registry, to pull only",
        options: { stack: emittedStack },
        example: "foundation login",
        load: () => import("./commands/login.ts"),
    },
    verify: {
        summary: "verify that published images can be pulled, and that the credential can do nothing else",
        options: { json, stack: selectedStack },
        example: "foundation verify --stack prod",
        load: () => import("./commands/verify.ts"),
    },
    retention: {
        summary: "list images that nothing refers to any more, and remove them",
        options: {
            keep: {
                value: "NUMBER",
                does: "how many to keep of each foundation, the newest; required",
            },
            yes: { does: "remove them instead of only listing them" },
        },
        example: "foundation retention --keep 5",
        load: () => import("./commands/retention.ts"),
    },
    doctor: {
        summary: "diagnose this machine, with a remedy for each finding",
        options: {},
        example: "foundation doctor",
        load: () => import("./commands/doctor.ts"),
    },
    graph: {
        summary: "draw the base images, the foundations and the apps, as Mermaid",
        options: { html: { value: "FILE", does: "write an HTML page instead" } },
        example: "foundation graph --html graph.html",
        load: () => import("./commands/graph.ts"),
    },
    sync: {
        summary: "write the emitted files from the stack's outputs",
        options: {
            stack: selectedStack,
            from: {
                value: "SOURCE",
                does: "in a repository without a Pulumi project: the stack or the foundation.lock.json, by path or URL",
            },
        },
        example: "foundation sync",
        load: () => import("./commands/sync.ts"),
    },
    deploy: {
        summary: "the deploy stage, for CI",
        actions: {
            preview: "show what a deployment would change",
            up: "deploy, verify, and publish the emitted files",
        },
        options: {
            stack: { value: "STACK", does: "the stack to deploy; required" },
            comment: {
                value: "FILE",
                does: "with preview: also write it here, as a comment on a pull request",
            },
        },
        example: "foundation deploy up --stack prod",
        load: () => import("./commands/deploy.ts"),
    },
};
