/** The variables that azure-native reads where the stack's configuration has no such key; the first one set counts. */
const variables = {
    tenantId: ["ARM_TENANT_ID"],
    auxiliaryTenantIds: ["ARM_AUXILIARY_TENANT_IDS"],
    subscriptionId: ["ARM_SUBSCRIPTION_ID"],
    clientId: ["ARM_CLIENT_ID"],
    clientSecret: ["ARM_CLIENT_SECRET"],
    clientCertificatePath: ["ARM_CLIENT_CERTIFICATE_PATH"],
    clientCertificatePassword: ["ARM_CLIENT_CERTIFICATE_PASSWORD"],
    useOidc: ["ARM_USE_OIDC"],
    oidcAudience: ["ARM_OIDC_AUDIENCE"],
    oidcToken: ["ARM_OIDC_TOKEN"],
    oidcTokenFilePath: ["ARM_OIDC_TOKEN_FILE_PATH"],
    oidcRequestToken: ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
    oidcRequestUrl: ["ACTIONS_ID_TOKEN_REQUEST_URL"],
    useMsi: ["ARM_USE_MSI"],
    useDefaultAzureCredential: ["ARM_USE_DEFAULT_AZURE_CREDENTIAL"],
    environment: ["ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"],
    metadataHost: ["ARM_METADATA_HOSTNAME"],
    disableInstanceDiscovery: ["ARM_DISABLE_INSTANCE_DISCOVERY"],
} as const;

export type SettingName = keyof typeof variables;

/** Who signs in to Azure, and to which Azure; every setting by azure-native's own name for it. */
export type Settings = Readonly<Partial<Record<SettingName, string>>>;

/** What is passed on of the stack's configuration: every `azure-native:` key, without that prefix. */
export type Configured = Readonly<Record<string, string>>;

/** The settings in force. As with azure-native, a configured one goes before the environment's. */
export function readSettings(configured: Configured, environment: NodeJS.ProcessEnv): Settings {
    const values = Object.entries(variables).map(([name, candidates]) => {
        const found = [configured[name], ...candidates.map((variable) => environment[variable])];
        return [name, found.find((value) => value !== undefined && value !== "")] as const;
    });
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** How a setting can be given, for messages. */
export function nameOf(setting: SettingName): string {
    return `${variables[setting][0]} (or azure-native:${setting})`;
}
