import * as pulumi from "@pulumi/pulumi";
import { RegistryClient, RegistrySilent } from "./oci/client.ts";
import { credentialFromEnvironment, loginOf } from "./oci/credentials.ts";
import { type PasswordLogin, readLogin } from "./oci/dockerLogin.ts";
import { Problem } from "./problem.ts";
import { type Credential, credentialOf, type Registry } from "./registry.ts";
import { splitServer } from "./render/imageReference.ts";
import { ownLoginCommand } from "./render/ownLogin.ts";

/** What an {@link ExistingRegistry} is made from. */
export interface ExistingRegistryArgs {
    /** Host, with or without a port and a path that repositories begin with, such as `ghcr.io/acme`. */
    readonly server: string;
    /**
     * Who may push.
     * @default - whom Docker on this machine is logged in as
     */
    readonly push?: PasswordLogin | undefined;
    /**
     * Who may pull, for all developers.
     * @default - each has a login, or everybody may pull
     */
    readonly pull?: PasswordLogin | undefined;
}

/** As it is configured. */
export interface ExistingSettings {
    readonly server?: string | undefined;
    readonly pushUsername?: string | undefined;
    readonly pushPassword?: string | undefined;
    readonly pullUsername?: string | undefined;
    readonly pullPassword?: string | undefined;
}

/**
 * The registry that is there, with the logins of the configuration or else of the environment. In a preview it is asked
 * whether it answers and takes the login to push with.
 *
 * @throws Problem when it doesn't.
 */
export async function existingRegistry(name: string, settings: ExistingSettings): Promise<ExistingRegistry> {
    const { server = "", pushUsername, pushPassword, pullUsername, pullPassword } = settings;
    const push = loginOf(pushUsername, pushPassword) ?? credentialFromEnvironment("PUSH");
    const pull = loginOf(pullUsername, pullPassword) ?? credentialFromEnvironment("PULL");
    if (pulumi.runtime.isDryRun()) await lookAhead(splitServer(server).host, push);
    return new ExistingRegistry(name, { server, push, pull });
}

/** A registry that somebody else has made. Nothing of it is created, and nothing deleted. */
export class ExistingRegistry extends pulumi.ComponentResource implements Registry {
    readonly server: pulumi.Output<string>;
    readonly prefix: string;
    readonly pushServer: pulumi.Output<string>;
    readonly pullCredential: Credential | undefined;
    readonly pullPasswordExpiresAt = undefined;
    readonly pushCredential: Credential | undefined;
    readonly instance: pulumi.Output<string>;
    readonly shared = true;
    readonly locksTags = false;

    constructor(name: string, args: ExistingRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:ExistingRegistry", name, {}, opts);
        const { host, prefix } = splitServer(args.server);
        this.server = pulumi.output(host);
        this.prefix = prefix;
        this.pushServer = pulumi.output(host);
        this.pullCredential = args.pull && credentialOf(args.pull);
        this.pushCredential = args.push && credentialOf(args.push);
        // Nobody tells when it has lost everything.
        this.instance = pulumi.output(host);
        this.registerOutputs({ server: this.server });
    }
}

const patience = 10_000;

async function lookAhead(host: string, push: PasswordLogin | undefined): Promise<void> {
    const login = push ?? (await readLogin(host));
    const client = new RegistryClient(host, login, AbortSignal.timeout(patience));
    try {
        if (!(await client.wantsLogin())) return;
        if (login === undefined) {
            throw new Problem({
                wrong: `nobody is logged in to ${host} to push the foundation`,
                remedy: `log in with \`${ownLoginCommand(host)}\`, or set pushUsername and pushPassword, or FOUNDATION_PUSH_USERNAME and FOUNDATION_PUSH_PASSWORD`,
            });
        }
        const answer = await client.checkLogin();
        if (answer === "accepted") return;
        if (answer !== "refused") throw new RegistrySilent(answer.silent);
        throw new Problem({
            wrong: `${host} refuses the login of ${login.username}, who is to push the foundation`,
            remedy:
                push === undefined
                    ? `log in again with \`${ownLoginCommand(host)}\``
                    : "see whether pushUsername and pushPassword are right, or in their place FOUNDATION_PUSH_USERNAME and FOUNDATION_PUSH_PASSWORD, and haven't expired",
        });
    } catch (error) {
        if (!(error instanceof RegistrySilent)) throw error;
        const { wrong, remedy = "see whether `server` is right, and whether it can be reached from here" } =
            error.parts;
        throw new Problem({ wrong, remedy }, { cause: error });
    }
}
