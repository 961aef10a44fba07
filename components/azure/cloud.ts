import { exec } from "node:child_process";
import { promisify } from "node:util";
import * as v from "valibot";
import { readDocument } from "../oci/documents.ts";
import { Problem } from "../problem.ts";
import type { Settings } from "./settings.ts";

/** Where an Azure is. */
export interface Cloud {
    /** Where to sign in. */
    readonly authority: string;
    /** Azure Resource Manager, and the audience of tokens for it. */
    readonly resourceManager: string;
    readonly audience: string;
}

const publicCloud: Cloud = {
    authority: "https://login.microsoftonline.com",
    resourceManager: "https://management.azure.com",
    audience: "https://management.azure.com",
};
const governmentCloud: Cloud = {
    authority: "https://login.microsoftonline.us",
    resourceManager: "https://management.usgovcloudapi.net",
    audience: "https://management.usgovcloudapi.net",
};
const chinaCloud: Cloud = {
    authority: "https://login.chinacloudapi.cn",
    resourceManager: "https://management.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
};

/** The cloud of the settings: the one that a metadata host describes, a named one, or that of the Azure CLI. */
export async function findCloud(settings: Settings, usesCli: boolean, signal: AbortSignal): Promise<Cloud> {
    const { metadataHost, environment } = settings;
    if (metadataHost !== undefined) return describedBy(metadataHost, signal);
    if (environment !== undefined) return named(environment);
    return usesCli ? named(await cloudOfCli()) : publicCloud;
}

function named(name: string): Cloud {
    if (/gov/i.test(name)) return governmentCloud;
    return /china/i.test(name) ? chinaCloud : publicCloud;
}

/** The CLI is signed in to one cloud at a time, and only that one will do. */
async function cloudOfCli(): Promise<string> {
    try {
        // On Windows, `az` is a script that only a shell can start.
        const { stdout } = await promisify(exec)("az account show --output json");
        const account = readDocument(v.object({ environmentName: v.string() }), stdout);
        if (account !== undefined) return account.environmentName;
    } catch {
        // It isn't there, or not signed in.
    }
    throw new Problem({
        wrong: "can't sign in to Azure: nothing is configured, and the Azure CLI is not signed in",
        remedy: "run `az login`, or set ARM_CLIENT_ID and what goes with it as for azure-native",
    });
}

async function describedBy(host: string, signal: AbortSignal): Promise<Cloud> {
    const origin = /^https?:\/\//.test(host) ? host : `https://${host}`;
    const response = await fetch(`${origin}/metadata/endpoints?api-version=2022-09-01`, { signal }).catch(
        () => undefined,
    );
    const metadata = response?.ok === true ? readDocument(Metadata, await response.text()) : undefined;
    const audience = metadata?.authentication.audiences[0];
    if (metadata === undefined || audience === undefined) {
        throw new Problem({
            wrong: `${origin} does not describe an Azure (metadataHost, ARM_METADATA_HOSTNAME): expected /metadata/endpoints to name its login endpoint, Resource Manager and audience`,
            found: response === undefined ? "no answer" : `status ${response.status}`,
        });
    }
    return {
        authority: withoutSlash(metadata.authentication.loginEndpoint),
        resourceManager: withoutSlash(metadata.resourceManager),
        audience,
    };
}

const Metadata = v.object({
    authentication: v.object({ loginEndpoint: v.string(), audiences: v.array(v.string()) }),
    resourceManager: v.string(),
});

function withoutSlash(url: string): string {
    return url.replace(/\/$/, "");
}
