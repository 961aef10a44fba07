import { shellWord, within } from "./paths.ts";

/** What the stack's own README tells. */
export interface ReadmeValues {
    readonly server: string;
    readonly image: string;
    readonly digest: string;
    readonly loginCommand: string;
    /** Whether everybody logs in with an account of their own. */
    readonly ownLogin: boolean;
    readonly pullPasswordExpiresAt: string | undefined;
    /** The foundation's folder. */
    readonly folder: string;
    /** Folders such as `apps/app1`. */
    readonly apps: readonly string[];
}

/** The stack's `readme` output, in Markdown: how to use what was deployed. Carries no secret. */
export function stackReadme(values: ReadmeValues): string {
    const [app = "apps/<app>"] = values.apps.map(shellWord);
    const inApp = (command: string): string => within(app, command);
    const inFoundation = (command: string): string => within(shellWord(values.folder), command);
    return `# The foundation image

| | |
|---|---|
| image | \`${values.image}\` |
| digest | \`${values.digest}\` |
| registry | \`${values.server}\` |${values.pullPasswordExpiresAt === undefined ? "" : `\n| pull password expires | ${values.pullPasswordExpiresAt} |`}
| apps | ${values.apps.join(", ") || "none yet: add a folder with a Dockerfile under \`apps/\`"} |

${
    values.ownLogin
        ? "Log in with an account of your own that may pull, unless everybody may:"
        : "Log in once on each machine, unless \`foundation start\` has done it (\`foundation login\` does it again):"
}

    ${values.loginCommand}

Run an app on the official foundation:

    ${inApp("docker compose up")}

Change the foundation for yourself, and run the app on it:

    ${inFoundation("docker compose build")}
    ${inApp("docker compose up --build")}

Go back to the official one:

    ${inFoundation("docker compose pull")}
    ${inApp("docker compose up --build")}
`;
}

/** The command that logs a developer in, with the password over standard input so that no history keeps it. */
export function loginCommand(server: string, username: string, stack: string): string {
    return `pulumi stack output pullPassword --show-secrets --stack ${stack} | docker login ${server} --username ${username} --password-stdin`;
}
