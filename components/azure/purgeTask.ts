/**
 * The cleaner, by the version that also spares young images without a tag (0.17 did first). The alias `acr` of Azure's tasks
 * doesn't say which version it is.
 */
const cleaner = "mcr.microsoft.com/acr/acr-cli:0.19";

/**
 * The task that removes, each Sunday, content tags that nobody has written for so many days, and the manifests that have
 * no tag. It passes over what is locked, and over what a manifest with a tag is made of.
 */
export function purgeTask(repositories: readonly string[], days: number) {
    // Both parts are regular expressions; the first is of a whole name.
    const filters = repositories.map(
        (repository) => `--filter '${repository.replaceAll(".", "[.]")}:^content-[0-9a-f]{12}$'`,
    );
    const command = ["purge --registry {{.Run.Registry}}", ...filters, `--ago ${days}d --untagged`].join(" ");
    const content = `version: v1.1.0
steps:
  - cmd: ${cleaner} ${command}
    disableWorkingDirectoryOverride: true
    timeout: 3600
`;
    return {
        taskName: "foundation-purge",
        status: "Enabled",
        platform: { os: "Linux", architecture: "amd64" },
        agentConfiguration: { cpu: 2 },
        step: {
            type: "EncodedTask" as const,
            encodedTaskContent: Buffer.from(content).toString("base64"),
        },
        trigger: { timerTriggers: [{ name: "weekly", schedule: "0 3 * * 0", status: "Enabled" }] },
        timeout: 3600,
    };
}
