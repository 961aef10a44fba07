import * as pulumi from "@pulumi/pulumi";
import { mock } from "node:test";
import { expect } from "chai";
import { parse } from "yaml";
import { noLeftovers } from "../../components/azure/leftovers.ts";
import { AzureRegistry, type AzureRegistryArgs } from "../../components/azureRegistry.ts";
import { failureOf, mockEngine, valueOf, type Outputs } from "../support/mocks.ts";

const args: AzureRegistryArgs = {
    registryName: "acmefoundation",
    stack: "prod",
    location: "westeurope",
    sku: "Standard",
    tags: { project: "foundation" },
    images: [
        {
            name: "foundation",
            repository: "base/foundation",
            tag: "content-0123456789ab",
            content: "content-0123456789ab",
        },
    ],
    tokenLifetimeDays: 90,
    tokenRenewDays: 30,
    protect: true,
    lockTags: true,
    channel: "latest",
    build: ["buildx"],
    settings: {},
    secretSettings: {},
    last: new Map(),
    leftovers: noLeftovers,
};

const outputs: Outputs = {
    "pulumi:index:Stash": ({ inputs }) => ({ output: inputs["input"] }),
    "azure-native:resources:ResourceGroup": ({ inputs }) => ({ name: inputs["resourceGroupName"] }),
    "azure-native:containerregistry:Registry": ({ inputs }) => ({
        name: inputs["registryName"],
        loginServer: "acmefoundation-x1y2.azurecr.io",
        creationDate: "2026-01-01T00:00:00Z",
    }),
    "azure-native:containerregistry:Token": () => ({ creationDate: "2026-01-02T00:00:00Z" }),
    "foundation:index:TokenPassword": () => ({
        username: "foundation-pull",
        password: "pull password",
        expiresAt: "2026-04-01T00:00:00.000Z",
        slot: "password1",
    }),
    "foundation:index:PushCredential": () => ({
        username: "00000000-0000-0000-0000-000000000000",
        password: "push password",
        expiresAt: "2026-01-01T03:00:00.000Z",
    }),
};

async function make(changes: Partial<AzureRegistryArgs> = {}) {
    const engine = await mockEngine(outputs);
    const registry = new AzureRegistry("registry", { ...args, ...changes }, engine.watch);
    await valueOf(pulumi.output(registry.pushCredential));
    const inputsOf = (name: string) => {
        const found = engine.registered.find((resource) => resource.name === name);
        if (found === undefined) throw new Error(`${name} was not registered`);
        return found.inputs;
    };
    return { ...engine, registry, inputsOf };
}

async function refusalOf(changes: Partial<AzureRegistryArgs>): Promise<string> {
    const { registered, watch } = await mockEngine(outputs, true);
    let message = "nothing was refused";
    try {
        new AzureRegistry("registry", { ...args, ...changes }, watch);
    } catch (error) {
        message = error instanceof Error ? error.message : String(error);
    }
    expect(registered.filter(({ type }) => type.startsWith("azure-native:"))).to.deep.equal([]);
    return message;
}

describe("AzureRegistry", () => {
    it("makes a group, a registry, and one token with its scope and password", async () => {
        const { registered, options, registry } = await make();

        expect(registered.map(({ type, name }) => [type, name])).to.have.deep.members([
            ["foundation:index:AzureRegistry", "registry"],
            ["pulumi:index:Stash", "registry-owner"],
            ["azure-native:resources:ResourceGroup", "registry-group"],
            ["azure-native:containerregistry:Registry", "registry"],
            ["azure-native:containerregistry:ScopeMap", "registry-pull-scope"],
            ["azure-native:containerregistry:Token", "registry-pull-token"],
            ["foundation:index:TokenPassword", "registry-pull-password"],
            ["foundation:index:PushCredential", "registry-push"],
        ]);
        for (const [name, { parent }] of options) {
            if (name !== "registry") expect(parent, name).to.equal(registry);
        }
    });

    it("closes every door but the two that are used", async () => {
        const { registered } = await make();
        const registry = registered.find(({ type }) => type === "azure-native:containerregistry:Registry");

        expect(registry?.inputs).to.deep.include({
            resourceGroupName: "foundation-prod",
            registryName: "acmefoundation",
            location: "westeurope",
            sku: { name: "Standard" },
            adminUserEnabled: false,
            anonymousPullEnabled: false,
            policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
        });
    });

    it("marks what can have tags, always with the same mark", async () => {
        const mark = "8f14e45f-ceea-467f-a9f0-1b2c3d4e5f60";
        const { registered } = await make({
            last: new Map([["foundation:index:AzureRegistry$pulumi:index:Stash", { output: mark }]]),
        });
        const tags = { project: "foundation", "foundation.owner": mark };

        expect(registered.flatMap(({ inputs }) => inputs["tags"] ?? [])).to.deep.equal([tags, tags]);
    });

    it("takes over what an earlier deployment has left in Azure", async () => {
        const { options } = await make({
            leftovers: {
                ...noLeftovers,
                registry: { import: "the registry" },
                token: { import: "the token" },
            },
        });

        expect(options.get("registry-group")).not.to.have.property("import");
        expect(options.get("registry")?.import).to.equal("the registry");
        expect(options.get("registry-pull-scope")).not.to.have.property("import");
        expect(options.get("registry-pull-token")?.import).to.equal("the token");
    });

    it("tells a push which digest the state knows of the tag, and none of another tag", async () => {
        const type = "foundation:index:FoundationImage$foundation:index";
        const last = new Map([
            [`${type}:PublishedImage::old-published`, { tag: "1", digest: "sha256:1" }],
            [`${type}:PushedImage::same`, { tag: "2", digest: "sha256:2" }],
            [`${type}:PushedImage::other`, { tag: "2", digest: "sha256:3" }],
        ]);
        const image = (name: string, tag: string) => ({ name, repository: name, tag, content: `c${tag}` });
        const images = [image("old", "1"), image("same", "2"), image("other", "3"), image("new", "4")];

        const { inputsOf } = await make({ last, images });
        expect(inputsOf("registry-push")["images"]).to.deep.equal([
            { repository: "old", tag: "1", content: "c1", recordedDigest: "sha256:1" },
            { repository: "same", tag: "2", content: "c2", recordedDigest: "sha256:2" },
            { repository: "other", tag: "3", content: "c3", recordedDigest: "" },
            { repository: "new", tag: "4", content: "c4", recordedDigest: "" },
        ]);
    });

    it("lets the token read exactly the foundation's repository", async () => {
        const { inputsOf } = await make();

        expect(inputsOf("registry-pull-scope")).to.deep.include({
            registryName: "acmefoundation",
            scopeMapName: "foundation-pull",
            actions: [
                "repositories/base/foundation/content/read",
                "repositories/base/foundation/metadata/read",
            ],
        });
        expect(inputsOf("registry-pull-token")).to.deep.equal({
            resourceGroupName: "foundation-prod",
            registryName: "acmefoundation",
            tokenName: "foundation-pull",
            scopeMapId: "registry-pull-scope-id",
            status: "enabled",
        });
    });

    it("lets the token read each repository, by one scope map and one password", async () => {
        const [first] = args.images;
        const images = [
            { ...first, name: "foundation" },
            { ...first, name: "java", repository: "java" },
        ];
        const { registered, inputsOf } = await make({ images: images as AzureRegistryArgs["images"] });
        const scope = inputsOf("registry-pull-scope");
        expect(scope["actions"]).to.deep.equal([
            "repositories/base/foundation/content/read",
            "repositories/base/foundation/metadata/read",
            "repositories/java/content/read",
            "repositories/java/metadata/read",
        ]);
        const one = await make();
        // What only differs in what the map opens is changed in place, and the token and its password go on.
        expect(one.inputsOf("registry-pull-scope")).to.deep.equal({
            ...scope,
            description: "Pull base/foundation",
            actions: (scope["actions"] as string[]).slice(0, 2),
        });
        for (const name of ["registry-pull-token", "registry-pull-password"]) {
            expect(inputsOf(name)).to.deep.equal(one.inputsOf(name));
        }
        expect(registered.filter(({ type }) => /TokenPassword|ScopeMap|:Token$/.test(type))).to.have.length(
            3,
        );
    });

    it("never lets azure-native write a token anew in place, which would wipe its passwords", async () => {
        const { options } = await make();

        expect(options.get("registry-pull-token")).to.deep.include({
            ignoreChanges: ["credentials", "azureApiVersion"],
            replaceOnChanges: ["scopeMapId", "status"],
            deleteBeforeReplace: true,
        });
    });

    it("asks for a password with the configured life, proven at the registry's own server", async () => {
        const { inputsOf } = await make({ tokenLifetimeDays: 20, tokenRenewDays: 10 });

        expect(inputsOf("registry-pull-password")).to.deep.equal({
            tokenId: "registry-pull-token-id",
            tokenCreatedAt: "2026-01-02T00:00:00Z",
            server: "acmefoundation-x1y2.azurecr.io",
            lifetimeDays: 20,
            renewDays: 10,
            settings: {},
        });
    });

    it("asks to push anew when the tag, the channel, the build or the registry is another", async () => {
        const { registered, inputsOf } = await make();

        expect(inputsOf("registry-push")).to.deep.equal({
            server: "acmefoundation-x1y2.azurecr.io",
            images: [
                {
                    repository: "base/foundation",
                    tag: "content-0123456789ab",
                    content: "content-0123456789ab",
                    recordedDigest: "",
                },
            ],
            channel: "latest",
            build: ["buildx", "lock true", "2026-01-01T00:00:00Z"],
            pullUsername: "foundation-pull",
            pullPassword: "pull password",
            settings: {},
        });
        expect(registered.find(({ name }) => name === "registry-push")?.secrets).to.deep.equal([
            "pullPassword",
        ]);
    });

    it("is a registry like the local one, by the server that Azure names", async () => {
        const { registry } = await make();

        expect(await valueOf(registry.server)).to.equal("acmefoundation-x1y2.azurecr.io");
        expect(await valueOf(registry.pushServer)).to.equal("acmefoundation-x1y2.azurecr.io");
        expect(await valueOf(registry.pullPasswordExpiresAt)).to.equal("2026-04-01T00:00:00.000Z");
        expect(await valueOf(pulumi.output(registry.pullCredential))).to.deep.equal({
            username: "foundation-pull",
            password: "pull password",
        });
        expect(await valueOf(pulumi.output(registry.pushCredential))).to.deep.equal({
            username: "00000000-0000-0000-0000-000000000000",
            password: "push password",
        });
        expect(await valueOf(registry.instance)).to.equal("2026-01-01T00:00:00Z");
    });

    it("keeps credentials secret", async () => {
        const { options, registry } = await make();

        expect(await pulumi.isSecret(registry.pullCredential.password)).to.equal(true);
        expect(await pulumi.isSecret(registry.pushCredential.password)).to.equal(true);
        for (const name of ["registry-pull-password", "registry-push"]) {
            expect(options.get(name)?.additionalSecretOutputs).to.deep.equal(["password"]);
        }
    });

    it("hands the stack's own sign-in settings on, secret where they were", async () => {
        const { registered, inputsOf } = await make({
            settings: { tenantId: "tenant" },
            secretSettings: { clientSecret: "hunter2" },
        });

        for (const name of ["registry-pull-password", "registry-push"]) {
            expect(inputsOf(name)["settings"]).to.deep.equal({ tenantId: "tenant", clientSecret: "hunter2" });
            expect(registered.find((resource) => resource.name === name)?.secrets).to.include("settings");
        }
    });

    for (const protect of [true, false]) {
        it(`${protect ? "protects" : "does not protect"} all of it when protect is ${protect}`, async () => {
            const { registered, options } = await make({ protect });
            for (const { name } of registered.slice(1))
                expect(options.get(name)?.protect, name).to.equal(protect);
        });
    }

    it("uses an existing resource group, in its own place", async () => {
        const { registered } = await make({ resourceGroupName: "shared", location: undefined });
        const registry = registered.find(({ type }) => type === "azure-native:containerregistry:Registry");

        expect(registered.map(({ type }) => type)).not.to.include("azure-native:resources:ResourceGroup");
        expect(registry?.inputs)
            .to.include({ resourceGroupName: "shared" })
            .and.not.to.have.property("location");
    });

    describe("that removes old images", () => {
        const clean = async (changes: Partial<AzureRegistryArgs> = {}) => {
            const made = await make({ purgeAfterDays: 180, ...changes });
            const image = new pulumi.ComponentResource("test:index:Image", "foundation", {}, made.watch);
            made.registry.clean?.([image]);
            await made.settled();
            return { ...made, image };
        };

        it("does so by a task that comes after what is published, and can be taken away again", async () => {
            const [first] = args.images;
            const images = [{ ...first, repository: "base/java.8" }, first] as AzureRegistryArgs["images"];
            const { inputsOf, options, registry, image } = await clean({ images });
            const { step, tags, ...inputs } = inputsOf("registry-purge");
            expect(inputs).to.deep.equal({
                resourceGroupName: "foundation-prod",
                registryName: "acmefoundation",
                location: "westeurope",
                taskName: "foundation-purge",
                status: "Enabled",
                platform: { os: "Linux", architecture: "amd64" },
                agentConfiguration: { cpu: 2 },
                trigger: { timerTriggers: [{ name: "weekly", schedule: "0 3 * * 0", status: "Enabled" }] },
                timeout: 3600,
                isSystemTask: false,
            });
            expect(tags).to.include({ project: "foundation" });
            const { type, encodedTaskContent } = step as Record<string, string>;
            expect(type).to.equal("EncodedTask");
            expect(parse(Buffer.from(encodedTaskContent ?? "", "base64").toString())).to.deep.equal({
                version: "v1.1.0",
                steps: [
                    {
                        cmd:
                            "mcr.microsoft.com/acr/acr-cli:0.19 purge --registry {{.Run.Registry}} " +
                            "--filter 'base/java[.]8:^content-[0-9a-f]{12}$' " +
                            "--filter 'base/foundation:^content-[0-9a-f]{12}$' --ago 180d --untagged",
                        disableWorkingDirectoryOverride: true,
                        timeout: 3600,
                    },
                ],
            });
            expect(registry.locksTags).to.equal("required");
            const { protect, dependsOn, parent } = options.get("registry-purge") ?? {};
            expect(parent).to.equal(registry);
            expect(protect).to.equal(undefined);
            expect(dependsOn).to.deep.equal([image]);
        });

        it("does so only where it is asked to", async () => {
            const { registered, registry } = await clean({ purgeAfterDays: undefined });
            expect(registry.locksTags).to.equal(true);
            expect(registered.map(({ name }) => name)).to.not.include("registry-purge");
        });

        for (const [title, changes, said] of [
            ["tags are not locked", { lockTags: false }, "purgeAfterDays: needs lockTags, "],
            [
                "Azure's tasks can't reach the registry",
                { sku: "Premium", allowedAddresses: ["198.51.100.1"] },
                "purgeAfterDays: can't be used with allowedAddresses, ",
            ],
        ] satisfies [string, Partial<AzureRegistryArgs>, string][]) {
            it(`is refused where ${title}`, async () => {
                expect(await refusalOf({ purgeAfterDays: 180, ...changes })).to.include(said);
            });
        }
    });

    it("limits the addresses and keeps untagged images for a time where the SKU can", async () => {
        const { registered } = await make({
            sku: "Premium",
            allowedAddresses: ["198.51.100.0/24", "203.0.113.7"],
            untaggedRetentionDays: 30,
        });
        const registry = registered.find(({ type }) => type === "azure-native:containerregistry:Registry");

        expect(registry?.inputs).to.deep.include({
            sku: { name: "Premium" },
            networkRuleSet: {
                defaultAction: "Deny",
                ipRules: [{ iPAddressOrRange: "198.51.100.0/24" }, { iPAddressOrRange: "203.0.113.7" }],
            },
            policies: {
                azureADAuthenticationAsArmPolicy: { status: "disabled" },
                retentionPolicy: { status: "enabled", days: 30 },
            },
        });
    });

    it("takes a Premium registry's options back by saying what they are without them", async () => {
        const { registered } = await make({ sku: "Premium" });
        const registry = registered.find(({ type }) => type === "azure-native:containerregistry:Registry");

        expect(registry?.inputs).to.deep.include({
            networkRuleSet: { defaultAction: "Allow", ipRules: [] },
            policies: {
                azureADAuthenticationAsArmPolicy: { status: "disabled" },
                // The days are azure-native's default.
                retentionPolicy: { status: "disabled", days: 7 },
            },
        });
    });

    it("promises no server in a preview of a registry that doesn't exist", async () => {
        await mockEngine(outputs, true);
        const registry = new AzureRegistry("registry", args);
        expect(await failureOf(registry.server)).to.equal("the output is unknown");
    });

    for (const [title, changes, reason] of [
        [
            "no name",
            { registryName: undefined },
            'registryName: must be 5 to 50 lower-case letters and digits, unique in all of Azure, found ""',
        ],
        ["a short name", { registryName: "acme" }, 'found "acme"'],
        ["a name with a dash", { registryName: "acme-foundation" }, "registryName: must be 5 to 50"],
        [
            "a name in upper case",
            { registryName: "AcmeFoundation" },
            "registryName: must be 5 to 50 lower-case",
        ],
        ["a long name", { registryName: "a".repeat(51) }, "registryName: must be 5 to 50"],
        [
            "a group that ends with a point",
            { resourceGroupName: "shared." },
            "resourceGroupName: must be 1 to 90",
        ],
        [
            "a stack that makes no group's name",
            { stack: "s".repeat(90) },
            "resourceGroupName: must be 1 to 90",
        ],
        [
            "a group whose name is too long in bytes",
            { resourceGroupName: "ü".repeat(46) },
            "(90 bytes in UTF-8)",
        ],
        ["no location for its own group", { location: undefined }, "azure-native:location"],
        [
            "addresses on Standard",
            { allowedAddresses: ["198.51.100.1"] },
            "allowedAddresses: is an option of the Premium SKU only, found Standard",
        ],
        [
            "retention on Basic",
            { sku: "Basic", untaggedRetentionDays: 7 },
            "untaggedRetentionDays: is an option of the Premium SKU only, found Basic",
        ],
        [
            "an address that is none",
            { sku: "Premium", allowedAddresses: ["office"] },
            'must be IPv4 addresses or CIDR ranges, found "office"',
        ],
        [
            "an address and a range that can't be",
            { sku: "Premium", allowedAddresses: ["999.1.1.1", "198.51.100.0/77"] },
            'found "999.1.1.1"\n  - allowedAddresses: must be IPv4 addresses or CIDR ranges, found "198.51.100.0/77"',
        ],
        [
            "a registry that lets nobody in",
            { sku: "Premium", allowedAddresses: [] },
            "must have one at least",
        ],
        [
            "too many addresses",
            { sku: "Premium", allowedAddresses: Array.from({ length: 201 }, () => "198.51.100.1") },
            "must be 200 at most, found 201",
        ],
        [
            "a year too long",
            { sku: "Premium", untaggedRetentionDays: 366 },
            "must be a whole number from 0 to 365, found 366",
        ],
    ] satisfies [string, Partial<AzureRegistryArgs>, string][]) {
        it(`refuses ${title} in preview, before anything is made`, async () => {
            expect(await refusalOf(changes)).to.include(reason);
        });
    }

    it("warns that Basic is for trials", async () => {
        const warn = mock.method(console, "warn", () => undefined);
        try {
            await make();
            expect(warn.mock.callCount()).to.equal(0);
            await make({ sku: "Basic" });
            expect(String(warn.mock.calls[0]?.arguments)).to.include("sku: Basic is for trials");
        } finally {
            warn.mock.restore();
        }
    });

    it("reports everything that is refused at once", async () => {
        const message = await refusalOf({ registryName: "a", location: undefined, untaggedRetentionDays: 1 });
        expect(message)
            .to.include("registryName")
            .and.include("location")
            .and.include("untaggedRetentionDays");
    });
});
