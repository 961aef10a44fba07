import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import bcrypt from "bcryptjs";
import { execa } from "execa";
import { compose } from "../../components/docker/docker.ts";
import { registryCompose } from "../../components/render/registryCompose.ts";
import { exitCodeOf } from "../../toolchain/failures.ts";
import { setUp } from "../../toolchain/setup.ts";
import { goProgram } from "../support/goProgram.ts";
import { freePorts } from "../support/sandbox.ts";

// The OCI distribution specification's own suite, against the registries that can be had without an account. It has an
// opinion of registries and not of this project, so no figure makes this fail.

const suite = {
    program: "github.com/opencontainers/distribution-spec/conformance",
    version: "0.0.0-20260831232431-97274622c111",
};

/** What a failing test is about, by its name; the first that fits counts. */
const subjects: Readonly<Record<string, RegExp>> = {
    "sha512 digests": /sha512/i,
    "referrers and `subject`": /referrer|subject/i,
    "layers that are nowhere pushed": /non.?distributable/i,
    uploads: /blob|upload|mount|chunk/i,
    "everything else": /./,
};

interface Target {
    readonly host: string;
    readonly username?: string;
    readonly password?: string;
}

/** What the suite's report says. */
interface Results {
    /** As it counts: every check of a test. */
    readonly totals: string;
    /** The names of the tests that failed. */
    readonly failed: readonly string[];
}

/** The local registry as the stack runs it, at the door that takes pushes. */
async function withLocal<T>(work: (target: Target) => Promise<T>): Promise<T> {
    const [pullPort = 0, pushPort = 0] = await freePorts(2);
    const project = `foundation-conformance-${process.pid}`;
    const password = "conformance";
    const htpasswd = (name: string) => `${name}:${bcrypt.hashSync(password, 4)}`;
    const definition = registryCompose({
        ...{ project, owner: project, pullPort, pushPort },
        pullHtpasswd: htpasswd("pull"),
        pushHtpasswd: htpasswd("push"),
    });
    try {
        await compose(project, definition, ["up", "--detach", "--wait"], { seconds: 600 });
        return await work({ host: `localhost:${pushPort}`, username: "push", password });
    } finally {
        await compose(project, definition, ["down", "--volumes"], { seconds: 60 });
    }
}

async function withGoContainerRegistry<T>(program: string, work: (target: Target) => Promise<T>): Promise<T> {
    const [port = 0] = await freePorts(1);
    const server = spawn(program, ["-port", String(port)], { stdio: "ignore" });
    try {
        return await work({ host: `localhost:${port}` });
    } finally {
        server.kill();
    }
}

async function untilItAnswers(host: string): Promise<void> {
    for (let tries = 0; ; tries += 1) {
        const answered = await fetch(`http://${host}/v2/`).then(
            () => true,
            () => false,
        );
        if (answered) return;
        if (tries > 100) throw new Error(`${host} did not come up`);
        await delay(100);
    }
}

async function results(program: string, target: Target): Promise<Results> {
    await untilItAnswers(target.host);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "conformance-"));
    try {
        const { host, username = "", password = "" } = target;
        await execa(program, {
            cwd: folder,
            env: {
                OCI_REGISTRY: host,
                OCI_TLS: "disabled",
                OCI_USERNAME: username,
                OCI_PASSWORD: password,
                OCI_VERSION: "1.1",
                OCI_RESULTS_DIR: folder,
                OCI_LOG: "error",
            },
            // It ends with 1 where a test fails.
            reject: false,
        });
        const report = fs.readFileSync(path.join(folder, "junit.xml"), "utf8");
        const total = (name: string) => new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`).exec(report)?.[1];
        const failed = report.matchAll(/<testcase name="([^"]*)"[^>]* status="(failure|error)"/g);
        return {
            totals: `${total("tests")} tests, ${total("failures")} failed, ${total("skipped")} skipped`,
            failed: [...failed].map(([, name = ""]) => name),
        };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function report(title: string, { totals, failed }: Results): void {
    console.log(`${title}: ${totals}`);
    const about = failed.map((name) =>
        Object.keys(subjects).find((subject) => subjects[subject]?.test(name)),
    );
    for (const subject of Object.keys(subjects)) {
        const count = about.filter((one) => one === subject).length;
        if (count > 0) console.log(`  tests that failed of ${subject}: ${count}`);
    }
}

process.exitCode = await exitCodeOf(async () => {
    await setUp({ docker: true, quiet: true });
    const program = await goProgram("oci-conformance", suite.program, suite.version);
    const registry = await goProgram(
        "go-containerregistry",
        "github.com/google/go-containerregistry/cmd/registry",
        "0.22.1",
    );
    if (program === undefined || registry === undefined) {
        console.error("Go, in which the suite is written, is not installed (https://go.dev/dl/).");
        return 2;
    }
    report("registry:3 as the local registry", await withLocal((target) => results(program, target)));
    report(
        "go-containerregistry 0.22.1",
        await withGoContainerRegistry(registry, (target) => results(program, target)),
    );
    return 0;
});
