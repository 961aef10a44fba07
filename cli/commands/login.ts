import { attempt, Problem } from "../../components/problem.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { registryOf } from "../../components/workspace/emitted.ts";
import { expiryText } from "../expiry.ts";
import type { Invocation } from "../command.ts";
import { LoginRefused } from "../../components/oci/client.ts";
import { asDeveloper, credentialFromEnvironment, loginOf } from "../../components/oci/credentials.ts";
import { ownLoginCommand } from "../../components/render/ownLogin.ts";
import { readStackOutputs } from "../pulumi/stackOutputs.ts";
import { configFile, loginStore } from "../../components/oci/dockerLogin.ts";
import { paintFor } from "../terminal.ts";

/** Docker gives a registry 10 for HTTPS and 15 more for HTTP, and only then says that it kept silent. */
const patienceSeconds = 30;

/** `foundation login`: logs Docker in with the credential that may only pull. */
export async function run({ clone, options: { stack } }: Invocation): Promise<number> {
    const found = await findCredential(clone, stack);
    if (!("password" in found)) return checkOwnLogin(found.image);
    const { server, username, password, expiresAt } = found;
    const waiting = setTimeout(() => {
        console.error(`waiting for ${server}, which has not answered yet`);
    }, 3000);
    try {
        const args = ["login", server, "--username", username, "--password-stdin"];
        await docker(args, { input: password, seconds: patienceSeconds });
    } catch (error) {
        if (error instanceof DockerError) throw refusal(found, error.message);
        throw error;
    } finally {
        clearTimeout(waiting);
    }
    const paint = paintFor(process.stdout);
    // What somebody else's registry lets them do is for `verify` to say.
    const rights = found.ours ? ", who may only pull" : "";
    console.log(`${paint.good("Logged in")} to ${server} as ${username}${rights}.`);
    console.log(
        expiresAt === undefined
            ? `When the password ends is not known here: it comes from ${found.source}.`
            : `The password ${expiryText(expiresAt, new Date())}.`,
    );
    if (!found.ours) {
        console.log(
            `Docker on this machine now pushes to ${server} as ${username}, too. To deploy from here, set pushUsername and pushPassword, or FOUNDATION_PUSH_USERNAME and FOUNDATION_PUSH_PASSWORD.`,
        );
    }
    if (loginStore(server).kind === "plain") console.log(`${paint.notice("!")} ${storageAdvice()}`);
    return 0;
}

interface Found {
    readonly server: string;
    readonly username: string;
    readonly password: string;
    readonly expiresAt?: string | undefined;
    readonly source: string;
    /** Whether `pulumi up` has made the credential, and makes new ones. */
    readonly ours: boolean;
}

/** The developers' credential, or where they have logins of their own, the image that these are for. */
async function findCredential(
    clone: Clone,
    stack: string | undefined,
): Promise<Found | { readonly image: string }> {
    const given = credentialFromEnvironment("PULL");
    if (given !== undefined) {
        const { server } = registryOf(clone.emitted.image);
        const ours = clone.manifest.registry.kind !== "existing";
        return { server, ...given, source: "FOUNDATION_PULL_PASSWORD", ours };
    }
    if (clone.ownProject === undefined && stack === undefined) return credentialElsewhere(clone);
    const outputs = await readStackOutputs(clone.ownProject ?? clone.root, stack ?? emittedStack(clone));
    const { registryServer: server, image, pullPasswordExpiresAt: expiresAt } = outputs;
    const credential = loginOf(outputs.pullUsername, outputs.pullPassword);
    if (credential === undefined) return { image };
    // Of those that somebody else has made, nobody knows.
    const ours = expiresAt !== undefined;
    return { server, ...credential, expiresAt, source: "pullPassword in the configuration", ours };
}

/**
 * Where the foundations are published from another repository, the image that developers' own logins are for.
 *
 * @throws Problem where they all have one credential, which is in that one's state.
 */
function credentialElsewhere({ manifest: { stack, registry }, emitted }: Clone): { readonly image: string } {
    if ((registry.username ?? "") === "") return { image: emitted.image };
    throw new Problem({
        wrong: `the password of ${registry.username ?? ""} is an output of the stack ${stack}, which is another repository's`,
        remedy: `set FOUNDATION_PULL_USERNAME and FOUNDATION_PULL_PASSWORD, or name the stack in full, as --stack <organization>/<project>/${stack}`,
    });
}

/**
 * Says whether this machine can pull.
 *
 * @throws Problem when it can't, with the way to log in.
 */
async function checkOwnLogin(image: string): Promise<number> {
    const { server, repository, tag = "latest" } = registryOf(image);
    const signal = AbortSignal.timeout(patienceSeconds * 1000);
    const remedy = `log in with an account of yours that may pull: \`${ownLoginCommand(server)}\``;
    try {
        const { client, login } = await asDeveloper(
            server,
            undefined,
            { repository, reference: tag },
            signal,
        );
        const digest = await client.digest(repository, tag);
        if (digest === undefined) {
            throw new Problem({
                wrong: `${login?.username ?? "who isn't logged in"} finds no ${image}`,
                remedy,
            });
        }
        console.log(
            login === undefined
                ? `Anybody may pull from ${server}: no login is needed.`
                : `Docker is logged in to ${server} as ${login.username}, who can pull the foundation.`,
        );
        return 0;
    } catch (error) {
        if (error instanceof LoginRefused) throw new Problem({ wrong: error.message, remedy });
        throw error;
    }
}

/** The stack whose files are here; where there are none, Pulumi's selected one will do. */
function emittedStack(clone: Clone): string | undefined {
    const emitted = attempt(() => clone.manifest);
    return emitted instanceof Problem ? undefined : emitted.stack;
}

function refusal({ server, username, expiresAt, source, ours }: Found, said: string): Problem {
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
            remedy: renewal(source, ours),
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

function renewal(source: Found["source"], ours: boolean): string {
    if (source !== "FOUNDATION_PULL_PASSWORD") {
        return ours
            ? "`pulumi up` makes a new one"
            : "see whether pullUsername and pullPassword are right, and set them anew";
    }
    const another = ours ? "`pulumi up` makes a new one, to be put in" : "set another in";
    return `${another} FOUNDATION_PULL_PASSWORD; or unset that and FOUNDATION_PULL_USERNAME`;
}

/** Programs that keep logins in what the system has for secrets, by platform. */
const helpers: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "osxkeychain",
    win32: "wincred",
    linux: "secretservice",
};

const helpersHome = "https://github.com/docker/docker-credential-helpers";

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
