import * as path from "node:path";
import { attempt, Problem } from "../../components/problem.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { registryOf } from "../../components/workspace/emitted.ts";
import { expiryText } from "../expiry.ts";
import type { Invocation } from "../command.ts";
import { credentialFromEnvironment } from "../pulumi/pullCredential.ts";
import { readStackOutputs } from "../pulumi/stackOutputs.ts";
import { dockerConfigFolder, loginStore } from "../../components/oci/dockerLogin.ts";
import { paintFor } from "../terminal.ts";

/** In seconds. Docker gives a registry 10 for HTTPS and 15 more for HTTP, and only then says that it kept silent. */
const patience = 30;

/** `foundation login`: logs Docker in with the credential that may only pull. */
export async function run({ clone, options }: Invocation): Promise<number> {
    const found = await findCredential(clone, options["stack"]);
    const { server, username, password, expiresAt } = found;
    const waiting = setTimeout(() => {
        console.error(`waiting for ${server}, which has not answered yet`);
    }, 3000);
    try {
        const args = ["login", server, "--username", username, "--password-stdin"];
        await docker(args, { input: password, seconds: patience });
    } catch (error) {
        if (error instanceof DockerError) throw refusal(found, error.message);
        throw error;
    } finally {
        clearTimeout(waiting);
    }
    const paint = paintFor(process.stdout);
    console.log(`${paint.good("Logged in")} to ${server} as ${username}, who may only pull.`);
    console.log(
        expiresAt === undefined
            ? "When the password ends is not known here: it comes from FOUNDATION_PULL_PASSWORD."
            : `The password ${expiryText(expiresAt, new Date())}.`,
    );
    if (loginStore(server).kind === "plain") console.log(`${paint.notice("!")} ${storageAdvice()}`);
    return 0;
}

interface Found {
    readonly server: string;
    readonly username: string;
    readonly password: string;
    readonly expiresAt?: string;
}

async function findCredential(clone: Clone, stack: string | boolean | undefined): Promise<Found> {
    const given = credentialFromEnvironment();
    if (given !== undefined) return { server: registryOf(clone.emitted.image).server, ...given };
    const outputs = await readStackOutputs(
        clone.project,
        typeof stack === "string" ? stack : emittedStack(clone),
    );
    return {
        server: outputs.registryServer,
        username: outputs.pullUsername,
        password: outputs.pullPassword,
        expiresAt: outputs.pullPasswordExpiresAt,
    };
}

/** The stack whose files are here; where there are none, Pulumi's selected one will do. */
function emittedStack(clone: Clone): string | undefined {
    const emitted = attempt(() => clone.manifest);
    return emitted instanceof Problem ? undefined : emitted.stack;
}

function refusal({ server, username, expiresAt }: Found, said: string): Problem {
    // It comes after the registry's yes, and may have "denied" in it, too.
    const unsaved = /error saving credentials: (.*)/i.exec(said)?.[1];
    if (unsaved !== undefined) {
        return new Problem({
            wrong: `${server} takes the password, but Docker can't keep it (${unsaved})`,
            remedy: storageRemedy(server, unsaved),
        });
    }
    if (/unauthorized|denied|incorrect username or password|401/i.test(said)) {
        return new Problem({
            wrong: `${server} refuses the password of ${username}, which ${expiryText(expiresAt, new Date())}`,
            remedy: "`pulumi up` makes a new one",
        });
    }
    const reason = said.split("\n").at(-1) ?? "";
    if (/timeout|timed out|deadline exceeded/i.test(reason)) {
        return new Problem({
            wrong: `${server} does not answer (${reason})`,
            remedy: "see whether the registry is up, or paused or busy (`docker ps` tells of a local one), and can be reached from Docker",
        });
    }
    return new Problem({
        wrong: `${server} does not let anybody log in (${reason})`,
        remedy: "see whether it is up, `pulumi up` starts a local one",
    });
}

/** Programs that keep logins in what the system has for secrets, by platform. */
const helpers: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "osxkeychain",
    win32: "wincred",
    linux: "secretservice",
};

const helpersHome = "https://github.com/docker/docker-credential-helpers";

function configFile(): string {
    return path.join(dockerConfigFolder(), "config.json");
}

function storageRemedy(server: string, reason: string): string {
    const store = loginStore(server);
    if (store.kind === "plain") return `see whether you may write ${configFile()}`;
    const helper = `docker-credential-${store.name}`;
    const first = /executable file not found/i.test(reason)
        ? `install ${helper} (${helpersHome})`
        : `see whether ${helper} works by itself`;
    return `${first}, or take "${store.name}" out of ${configFile()}`;
}

function storageAdvice(): string {
    const helper = helpers[process.platform] ?? "pass";
    return [
        `Docker keeps it as plain text in ${configFile()}. To have it encrypted, install docker-credential-${helper}`,
        `(${helpersHome}) and put "credsStore": "${helper}" into that file.`,
    ].join("\n  ");
}
