import * as pulumi from "@pulumi/pulumi";
import { registryCompose } from "./render/registryCompose.ts";
import { credentialOf, type Credential, type Registry } from "./registry.ts";
import { ComposeProject } from "./resources/composeProject/composeProject.ts";
import { HtpasswdUser } from "./resources/htpasswdUser/htpasswdUser.ts";

/** What a {@link LocalRegistry} is made from. */
export interface LocalRegistryArgs {
    /** Name of the Compose project that runs the registry; unique on its Docker engine. */
    readonly project: string;
    /** Loopback port to pull from. */
    readonly pullPort: number;
    /** Loopback port to push to. */
    readonly pushPort: number;
}

/**
 * A private registry in Docker on this machine, for working without a cloud account.
 *
 * Two services share one volume: one takes pushes, the other is read-only by its own configuration. So the
 * credential that developers hold can't push, by the registry's own means.
 */
export class LocalRegistry extends pulumi.ComponentResource implements Registry {
    readonly server: pulumi.Output<string>;
    readonly pushServer: pulumi.Output<string>;
    readonly pullCredential: Credential;
    readonly pullPasswordExpiresAt: pulumi.Output<string>;
    readonly pushCredential: Credential;
    readonly instance: pulumi.Output<string>;
    readonly prefix = "";
    readonly shared = false;
    readonly locksTags = false;

    constructor(name: string, args: LocalRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:LocalRegistry", name, args, opts);

        const puller = new HtpasswdUser(`${name}-puller`, { username: "foundation-pull" }, { parent: this });
        const pusher = new HtpasswdUser(`${name}-pusher`, { username: "foundation-push" }, { parent: this });
        const servers = { pull: `localhost:${args.pullPort}`, push: `localhost:${args.pushPort}` };
        this.pullCredential = credentialOf(puller);
        this.pushCredential = credentialOf(pusher);

        const compose = new ComposeProject(
            `${name}-compose`,
            {
                project: args.project,
                // Made once with the stack, so it tells this stack's containers from anybody else's.
                owner: puller.id,
                definition: pulumi
                    .all([puller.id, puller.htpasswd, pusher.htpasswd])
                    .apply(([owner, pullHtpasswd, pushHtpasswd]) =>
                        registryCompose({ ...args, owner, pullHtpasswd, pushHtpasswd }),
                    ),
                readiness: [
                    readiness(servers.pull, this.pullCredential),
                    readiness(servers.push, this.pushCredential),
                ],
                imageServer: servers.push,
            },
            { parent: this },
        );

        this.instance = compose.instance;
        // Known from the start, so that a preview can tell what the image will be called.
        this.server = pulumi.output(servers.pull);
        // Through the project, so that nobody pushes before it answers.
        this.pushServer = compose.instance.apply(() => servers.push);
        this.pullPasswordExpiresAt = pulumi.output("never");
        this.registerOutputs({ server: this.server });
    }
}

function readiness(server: string, credential: Credential) {
    return { url: `http://${server}/v2/`, ...credential };
}
