import * as path from "node:path";
import { attempt, Problem } from "../../problem.ts";
import { docker, DockerError } from "../../provider/docker.ts";
import { readEmitted, registryOf } from "../checkout/emitted.ts";
import { expiryText } from "../expiry.ts";
import type { Invocation } from "../main.ts";
import { credentialFromEnvironment } from "../pulumi/pullCredential.ts";
import { readStackOutputs } from "../pulumi/stackOutputs.ts";
import { dockerConfigFolder, loginStore } from "../../registry/dockerLogin.ts";
import { paintFor } from "../terminal.ts";

/** `foundation login`: logs Docker in with the credential that may only pull. */
export async function run({ root, options }: Invocation): Promise<number> {
    const found = await findCredential(root, options["stack"]);
    const { server, username, password, expiresAt } = found;
    try {
        await docker(["login", server, "--username", username, "--password-stdin"], { input: password });
    } catch (error) {
        if (error instanceof DockerError) throw refusal(found, error.message);
        throw error;
    }
    const paint = paintFor(process.stdout);
    console.log(`${paint.good("Logged in")} to ${server} as ${username}, who may only pull.`);
    if (expiresAt !== undefined) console.log(`The password ${expiryText(expiresAt, new Date())}.`);
    if (loginStore(server).kind === "plain") console.log(`${paint.notice("!")} ${storageAdvice()}`);
    return 0;
}

interface Found {
    readonly server: string;
    readonly username: string;
    readonly password: string;
    readonly expiresAt?: string;
}

async function findCredential(root: string, stack: string | boolean | undefined): Promise<Found> {
    const given = credentialFromEnvironment();
    if (given !== undefined) return { server: registryOf(readEmitted(root).image).server, ...given };
    const outputs = await readStackOutputs(root, typeof stack === "string" ? stack : emittedStack(root));
    return {
        server: outputs.registryServer,
        username: outputs.pullUsername,
        password: outputs.pullPassword,
        expiresAt: outputs.pullPasswordExpiresAt,
    };
}

/** The stack whose files are here; where there are none, Pulumi's selected one will do. */
function emittedStack(root: string): string | undefined {
    const emitted = attempt(() => readEmitted(root));
    return emitted instanceof Problem ? undefined : emitted.stack;
}

function refusal({ server, username, expiresAt }: Found, said: string): Problem {
    if (/unauthorized|denied|incorrect username or password|401/i.test(said)) {
        return new Problem(
            `${server} refuses the password of ${username}, which ${expiryText(expiresAt, new Date())}; \`pulumi up\` makes a new one`,
        );
    }
    const reason = said.split("\n").at(-1) ?? "";
    return new Problem(
        `${server} does not let anybody log in (${reason}); see whether it is up, \`pulumi up\` starts a local one`,
    );
}

/** Programs that keep logins in what the system has for secrets, by platform. */
const helpers: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "osxkeychain",
    win32: "wincred",
    linux: "secretservice",
};

function storageAdvice(): string {
    const file = path.join(dockerConfigFolder(), "config.json");
    const helper = helpers[process.platform] ?? "pass";
    return [
        `Docker keeps it as plain text in ${file}. To have it encrypted, install docker-credential-${helper}`,
        `(https://github.com/docker/docker-credential-helpers) and put "credsStore": "${helper}" into that file.`,
    ].join("\n  ");
}
