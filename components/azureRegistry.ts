/**
 * The registry in Azure, which needs the package `@pulumi/azure-native`.
 *
 * @module azure
 */

import { Registry as ContainerRegistry } from "@pulumi/azure-native/containerregistry/registry.js";
import { ScopeMap } from "@pulumi/azure-native/containerregistry/scopeMap.js";
import { Task } from "@pulumi/azure-native/containerregistry/task.js";
import { Token } from "@pulumi/azure-native/containerregistry/token.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Problem } from "./problem.ts";
import { findLeftovers, markOf, markTag, type Leftovers } from "./azure/leftovers.ts";
import {
    optionProblems,
    purgeProblem,
    registryNameProblem,
    resourceGroupNameProblem,
    type Sku,
    type TieredOptions,
} from "./azure/limits.ts";
import { readLastState, type LastState } from "./azure/lastState.ts";
import { purgeTask } from "./azure/purgeTask.ts";
import { credentialOf, type Credential, type Registry } from "./registry.ts";
import { PushCredential } from "./resources/pushCredential/pushCredential.ts";
import { TokenPassword } from "./resources/tokenPassword/tokenPassword.ts";

export { type Sku };

/** What an {@link AzureRegistry} is made from. */
export interface AzureRegistryArgs extends TieredOptions {
    /** Required: 5 to 50 lower-case letters and digits, unique in all of Azure. Nothing is made up, since it is a host's name. */
    readonly registryName?: string | undefined;
    /**
     * An existing resource group.
     * @default - one of its own, `foundation-<stack>`
     */
    readonly resourceGroupName?: string | undefined;
    /** The stack, which names what has no name of its own. */
    readonly stack: string;
    /**
     * Where in Azure.
     * @default - where the existing resource group is
     */
    readonly location?: string | undefined;
    /** The tier, which decides what the registry can do and what it costs. */
    readonly sku: Sku;
    /** Tags of everything that can have them. */
    readonly tags: Readonly<Record<string, string>>;
    /** What is pushed. The repositories are all that the pull credential opens. */
    readonly images: readonly AzureImage[];
    /** How long a pull password is valid. */
    readonly tokenLifetimeDays: number;
    /** How long before its end a pull password is followed by the next one. */
    readonly tokenRenewDays: number;
    /** Whether `pulumi destroy` leaves the registry alone. */
    readonly protect: boolean;
    /** Whether images' own tags are locked once they are published. */
    readonly lockTags: boolean;
    /**
     * Days after which Azure removes, once a week, content tags that are not locked, and images that no tag stands for.
     * An image is then published only with its lock.
     * @default - never
     */
    readonly purgeAfterDays?: number | undefined;
    /** The moving tag. */
    readonly channel: string;
    /** Everything else that decides what is pushed: when it changes, there is something to push. */
    readonly build: readonly string[];
    /** What the stack's configuration says to azure-native. */
    readonly settings: Readonly<Record<string, string>>;
    /** Those of them that are secret. */
    readonly secretSettings: Readonly<Record<string, string>>;
    /**
     * The only addresses that may use the registry, as IPv4 addresses or CIDR ranges. Premium only.
     * @default - everywhere, with a credential
     */
    readonly allowedAddresses?: readonly string[] | undefined;
    /**
     * Days after which Azure deletes images that no tag stands for. Premium only. Whoever pins an image by its digest
     * after the tag has moved on loses it.
     * @default - never
     */
    readonly untaggedRetentionDays?: number | undefined;
    /** Tells what was recorded of the mark and of the last push. */
    readonly last: LastState;
    /** What a deployment that was killed has left in Azure, and is taken over. */
    readonly leftovers: Leftovers;
}

/** An image that is pushed to the registry. */
export interface AzureImage {
    /** As its component is called. */
    readonly name: string;
    /** Where it is in the registry. */
    readonly repository: string;
    /** The tag that apps build on. */
    readonly tag: string;
    /** The content tag, which a tag fixed by hand doesn't tell. */
    readonly content: string;
}

/** Names within the registry, which is of this project alone. */
const pullName = "foundation-pull";

/** The registry of this stack, with what an earlier deployment has left of it. */
export async function azureRegistry(
    name: string,
    args: Omit<AzureRegistryArgs, "last" | "leftovers">,
): Promise<AzureRegistry> {
    const last = await readLastState();
    const { registryName = "", resourceGroupName = ownGroupName(args) } = args;
    const leftovers = await findLeftovers(last, { registryName, resourceGroupName, pullName });
    return new AzureRegistry(name, { ...args, last, leftovers });
}

/**
 * A private registry in Azure: no admin user, no anonymous pull, and a token for developers that can pull the
 * foundation and nothing else.
 */
export class AzureRegistry extends pulumi.ComponentResource implements Registry {
    readonly server: pulumi.Output<string>;
    readonly pushServer: pulumi.Output<string>;
    readonly pullCredential: Credential;
    readonly pullPasswordExpiresAt: pulumi.Output<string>;
    readonly pushCredential: Credential;
    readonly instance: pulumi.Output<string>;
    readonly prefix = "";
    readonly shared = false;
    readonly locksTags: boolean | "required";
    readonly clean: ((published: readonly pulumi.Resource[]) => void) | undefined;

    constructor(name: string, args: AzureRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:AzureRegistry", name, {}, opts);
        refuse(args);
        const { registryName = "", sku, last, leftovers, purgeAfterDays: days } = args;
        const locksTags = days === undefined ? args.lockTags : "required";
        const repositories = args.images.map(({ repository }) => repository);
        if (sku === "Basic") {
            void pulumi.log.warn(
                "sku: Basic is for trials, with the least storage and throughput; what a team builds on belongs on Standard",
                this,
            );
        }
        const settings = { ...args.settings, ...mapSecret(args.secretSettings) };
        // All of it: a destroy that stops at the registry would still have taken the token and its password.
        const kept = { parent: this, protect: args.protect };
        const location = args.location === undefined ? {} : { location: args.location };
        // In the state before there is anything in Azure that bears it.
        const mark = new pulumi.Stash(`${name}-owner`, { input: markOf(last) ?? randomUUID() }, kept);
        const tags = { ...args.tags, [markTag]: mark.output as pulumi.Output<string> };

        const resourceGroupName =
            args.resourceGroupName ??
            new ResourceGroup(
                `${name}-group`,
                { resourceGroupName: ownGroupName(args), ...location, tags },
                { ...kept, ...leftovers.group },
            ).name;
        const registry = new ContainerRegistry(
            name,
            {
                resourceGroupName,
                ...location,
                registryName,
                sku: { name: sku },
                adminUserEnabled: false,
                anonymousPullEnabled: false,
                ...(sku === "Premium" && { networkRuleSet: networkRules(args) }),
                policies: {
                    // Push credentials come from tokens for registries alone.
                    azureADAuthenticationAsArmPolicy: { status: "disabled" },
                    ...(sku === "Premium" && { retentionPolicy: retention(args) }),
                },
                tags,
            },
            { ...kept, ...leftovers.registry },
        );
        const inRegistry = { resourceGroupName, registryName: registry.name };
        const scopeMap = new ScopeMap(
            `${name}-pull-scope`,
            {
                ...inRegistry,
                scopeMapName: pullName,
                description: `Pull ${repositories.join(", ")}`.slice(0, 256),
                actions: repositories.flatMap((repository) => [
                    `repositories/${repository}/content/read`,
                    `repositories/${repository}/metadata/read`,
                ]),
            },
            // The name is fixed, so there can't be two.
            { ...kept, ...leftovers.scopeMap, deleteBeforeReplace: true },
        );
        const token = new Token(
            `${name}-pull-token`,
            { ...inRegistry, tokenName: pullName, scopeMapId: scopeMap.id, status: "enabled" },
            {
                ...kept,
                ...leftovers.token,
                deleteBeforeReplace: true,
                // azure-native updates a token in place by writing all of it anew, and Azure then drops every password
                // that isn't listed. So nothing may lead to such an update: not the passwords that a refresh has
                // listed, and not the API version, which is an input of every resource and moves with the SDK.
                ignoreChanges: ["credentials", "azureApiVersion"],
                replaceOnChanges: ["scopeMapId", "status"],
            },
        );
        const password = new TokenPassword(
            `${name}-pull-password`,
            {
                tokenId: token.id,
                tokenCreatedAt: token.creationDate,
                server: registry.loginServer,
                lifetimeDays: args.tokenLifetimeDays,
                renewDays: args.tokenRenewDays,
                settings,
            },
            kept,
        );
        const push = new PushCredential(
            `${name}-push`,
            {
                server: registry.loginServer,
                channel: args.channel,
                images: args.images.map(({ name, repository, tag, content }) => ({
                    repository,
                    tag,
                    content,
                    recordedDigest: recordedDigest(name, tag, last),
                })),
                // A lock is set with the same credential.
                build: [
                    ...args.build,
                    ...(locksTags === false ? [] : [`lock ${locksTags}`]),
                    registry.creationDate,
                ],
                pullUsername: password.username,
                pullPassword: password.password,
                settings,
            },
            kept,
        );

        // Made anew under its old name, it is empty.
        this.instance = registry.creationDate;
        this.locksTags = locksTags;
        // Not before what is in use is locked. It holds nothing, so nothing protects it from being taken away again.
        this.clean =
            days === undefined
                ? undefined
                : (published) => {
                      const properties = {
                          ...inRegistry,
                          ...location,
                          ...purgeTask(repositories, days),
                          tags,
                      };
                      new Task(`${name}-purge`, properties, { parent: this, dependsOn: [...published] });
                  };
        this.server = registry.loginServer;
        this.pushServer = registry.loginServer;
        this.pullCredential = credentialOf({ username: pullName, password: password.password });
        this.pullPasswordExpiresAt = password.expiresAt;
        this.pushCredential = credentialOf(push);
        this.registerOutputs({ server: this.server });
    }
}

function ownGroupName({ stack }: Pick<AzureRegistryArgs, "stack">): string {
    return `foundation-${stack}`;
}

/** What the tag is, as far as the last state knows; it knows nothing of a push whose deployment was killed. */
function recordedDigest(name: string, tag: string, last: LastState): string {
    const image = "foundation:index:FoundationImage$foundation:index";
    const published =
        last.get(`${image}:PushedImage::${name}`) ?? last.get(`${image}:PublishedImage::${name}-published`);
    return published?.["tag"] === tag ? String(published["digest"]) : "";
}

/**
 * Who may use a Premium registry. Said in any case: nobody has seen whether Azure takes back a rule that a later request
 * leaves out. The other tiers know no rules.
 */
function networkRules({ allowedAddresses }: TieredOptions) {
    if (allowedAddresses === undefined) return { defaultAction: "Allow", ipRules: [] };
    return {
        defaultAction: "Deny",
        ipRules: allowedAddresses.map((iPAddressOrRange) => ({ iPAddressOrRange })),
    };
}

/** When a Premium registry deletes images without a tag. Said in any case, as with {@link networkRules}. */
function retention({ untaggedRetentionDays: days }: TieredOptions) {
    return days === undefined ? { status: "disabled" } : { status: "enabled", days };
}

/** Before anything is registered, and so in a preview as well. */
function refuse(args: AzureRegistryArgs): void {
    const { registryName = "", resourceGroupName = ownGroupName(args) } = args;
    const findings = [
        naming("registryName", registryName, registryNameProblem(registryName)),
        naming("resourceGroupName", resourceGroupName, resourceGroupNameProblem(resourceGroupName)),
        ...(args.location === undefined && args.resourceGroupName === undefined
            ? ["location: must be set with `pulumi config set azure-native:location <region>`, found none"]
            : []),
        ...optionProblems(args.sku, args),
        ...purgeProblems(args),
    ].filter((finding) => finding !== undefined);
    if (findings.length > 0) throw Problem.of("the Azure registry can't be made", findings);
}

function purgeProblems({ purgeAfterDays, lockTags, allowedAddresses }: AzureRegistryArgs): string[] {
    if (purgeAfterDays === undefined) return [];
    const problem =
        allowedAddresses === undefined
            ? purgeProblem(lockTags)
            : "can't be used with allowedAddresses, as Azure runs the task from none of them";
    return problem === undefined ? [] : [`purgeAfterDays: ${problem}, found ${purgeAfterDays}`];
}

function naming(property: string, value: string, problem: string | undefined): string | undefined {
    return problem === undefined ? undefined : `${property}: ${problem}, found ${JSON.stringify(value)}`;
}

function mapSecret(values: Readonly<Record<string, string>>): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)]));
}
