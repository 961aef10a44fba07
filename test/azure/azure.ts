import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clock } from "./arm/clock.ts";
import { Operations } from "./arm/operations.ts";
import { ResourceManager } from "./arm/resourceManager.ts";
import { issueCertificates } from "./certificates.ts";
import { Control } from "./control.ts";
import { AzureCli } from "./entra/azureCli.ts";
import { Entra } from "./entra/entra.ts";
import { Federation } from "./entra/federation.ts";
import { Identity } from "./entra/identity.ts";
import { ManagedIdentity } from "./entra/managedIdentity.ts";
import type { SignIn } from "./environment.ts";
import { environmentFor } from "./environment.ts";
import { describeCloud } from "./metadata.ts";
import { openLoginServer } from "./registry/loginServer.ts";
import { Secrets } from "./secrets.ts";
import { Signer } from "./signer.ts";
import { listen, read } from "./web.ts";

/** Azure, as far as this program goes: a cloud of its own on the loopback, for as long as a test needs it. */
export interface FakeAzure {
    /** Where everything but the registries is: `https://localhost:<port>`. */
    readonly origin: string;
    readonly identity: Identity;
    readonly federation: Federation;
    readonly control: Control;
    readonly operations: Operations;
    readonly clock: Clock;
    readonly resourceManager: ResourceManager;
    readonly secrets: Secrets;
    /** What to set for a program that is to find this cloud and sign in to it. */
    environment(signIn?: SignIn): Promise<Record<string, string>>;
    /** Removes every trace, containers included. */
    stop(): Promise<void>;
}

/** Until it is stopped, this process trusts the certificates of the fake. */
export async function startFakeAzure(): Promise<FakeAzure> {
    const directory = mkdtempSync(join(tmpdir(), "fake-azure-"));
    const removeDirectory = () => {
        rmSync(directory, { recursive: true });
    };
    // For a test that ends without stopping what it started.
    process.once("exit", removeDirectory);
    const certificates = await issueCertificates(directory);
    const server = await listen(certificates);
    const { host } = server;
    const origin = `https://${host}`;

    const secrets = new Secrets();
    const control = new Control();
    const clock = new Clock();
    const operations = new Operations(origin);
    const identity = new Identity(secrets);
    const federation = await Federation.create(secrets);
    const entra = new Entra({
        origin,
        identity,
        signer: await Signer.create(`https://sts.windows.net/${identity.tenantId}/`),
        federation,
        control,
        secrets,
    });
    const managedIdentity = new ManagedIdentity(entra, secrets);
    const azureCli = new AzureCli(origin, entra, identity, secrets);
    const signer = await Signer.create("Azure Container Registry");
    const resourceManager = new ResourceManager({
        subscriptionId: identity.subscriptionId,
        entra,
        control,
        operations,
        clock,
        secrets,
        openLoginServer: (registry) =>
            openLoginServer({ certificates, control, registry, signer, entra, identity, secrets }),
    });

    server.answerWith(async (message) => {
        const request = await read(message);
        const { method, path } = request;
        if (path.startsWith("/subscriptions/")) return resourceManager.handle(request);
        switch (path) {
            case "/metadata/endpoints":
                return control.handle({ operation: "metadata.get", method, path }, () =>
                    Promise.resolve({
                        status: 200,
                        body: describeCloud(origin, entra.resourceManagerAudiences),
                    }),
                );
            case "/federation/token":
                return federation.handle(request, control);
            case "/managed-identity/token":
                return managedIdentity.handle(request, control);
            case "/azure-cli":
                return azureCli.handle(request, control);
            default:
                return entra.handle(request);
        }
    });

    return {
        origin,
        identity,
        federation,
        control,
        operations,
        clock,
        resourceManager,
        secrets,
        environment: (signIn = "clientSecret") =>
            environmentFor(signIn, {
                host,
                directory,
                certificates,
                identity,
                federation,
                managedIdentity,
                azureCli,
            }),
        async stop() {
            await resourceManager.close();
            await server.close();
            certificates.distrust();
            process.off("exit", removeDirectory);
            removeDirectory();
        },
    };
}
