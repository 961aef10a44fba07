import { Problem } from "./problem.ts";
import { PROVIDERS } from "./versions.js";

/**
 * Loads what imports a provider's SDK. Only those who choose the provider have that package.
 *
 * @param setting what chooses it, such as `foundation:registry is azure`.
 * @throws Problem when the package isn't installed, with the command that installs it.
 */
export async function withPackage<T>(
    provider: keyof typeof PROVIDERS,
    setting: string,
    load: () => Promise<T>,
): Promise<T> {
    const name = `@pulumi/${provider}`;
    try {
        return await load();
    } catch (error) {
        if (!isMissing(error, name)) throw error;
        throw new Problem(
            {
                wrong: `${setting}, and the package ${name} is not installed`,
                remedy: `install it with \`npm install ${name}@${PROVIDERS[provider]}\``,
            },
            { cause: error },
        );
    }
}

/** The package itself, not a file in it, which would be a bug of its own. */
function isMissing(error: unknown, name: string): boolean {
    return (
        error instanceof Error &&
        "code" in error &&
        error.code === "ERR_MODULE_NOT_FOUND" &&
        error.message.startsWith(`Cannot find package '${name}'`)
    );
}
