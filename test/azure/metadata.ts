/** What `/metadata/endpoints` says of this cloud, from which clients learn every other address. */
export function describeCloud(origin: string, resourceManagerAudiences: readonly string[]): object {
    return {
        portal: origin,
        authentication: {
            loginEndpoint: origin,
            audiences: resourceManagerAudiences,
            tenant: "common",
            identityProvider: "AAD",
        },
        name: "FakeAzure",
        resourceManager: origin,
        microsoftGraphResourceId: "https://graph.microsoft.com/",
        graphAudience: "https://graph.windows.net/",
        // A login server is never its registry's name with this behind it.
        suffixes: {
            acrLoginServer: "azurecr.invalid",
            keyVaultDns: "vault.invalid",
            storage: "core.invalid",
        },
    };
}
