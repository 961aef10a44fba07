import { Problem } from "../problem.ts";
import { LoginRefused, RegistryClient } from "./client.ts";
import { readLogin, type Login, type PasswordLogin } from "./dockerLogin.ts";

/**
 * The credential that the environment gives, as in CI: `FOUNDATION_PULL_USERNAME` and `FOUNDATION_PULL_PASSWORD`, or those
 * with `PUSH`. Undefined when it gives none.
 *
 * @throws Problem when only one of the two is set.
 */
export function credentialFromEnvironment(
    side: "PULL" | "PUSH",
    environment: NodeJS.ProcessEnv = process.env,
): PasswordLogin | undefined {
    const names = [`FOUNDATION_${side}_USERNAME`, `FOUNDATION_${side}_PASSWORD`];
    const [username = "", password = ""] = names.map((name) => environment[name]);
    if (username === "" && password === "") return undefined;
    if (username !== "" && password !== "") return { username, password };
    throw new Problem({
        wrong: `${names[username === "" ? 0 : 1]} is not set`,
        remedy:
            side === "PULL"
                ? "set both it and its companion, or neither to use the stack's outputs"
                : "set both it and its companion, or neither to push with Docker's own login",
    });
}

/** Name and password as a login, where there are both. */
export function loginOf(
    username: string | undefined,
    password: string | undefined,
): PasswordLogin | undefined {
    return username === undefined || password === undefined ? undefined : { username, password };
}

/**
 * A registry as developers see it: with the credential that they are given. Where they are given none, everybody may
 * pull, or each has a login: then as anybody, and where the image isn't there for anybody, with this machine's login.
 *
 * @returns with `login`, who asks; undefined for anybody.
 */
export async function asDeveloper(
    server: string,
    credential: Login | undefined,
    { repository, reference }: { readonly repository: string; readonly reference: string },
    signal: AbortSignal,
): Promise<{ readonly client: RegistryClient; readonly login: Login | undefined }> {
    if (credential !== undefined) {
        return { client: new RegistryClient(server, credential, signal), login: credential };
    }
    const anybody = new RegistryClient(server, undefined, signal);
    // Some say of what isn't for everybody that it isn't there.
    const found = await anybody.digest(repository, reference).catch((error: unknown) => {
        if (error instanceof LoginRefused) return undefined;
        throw error;
    });
    const login = found === undefined ? await readLogin(server) : undefined;
    return { client: login === undefined ? anybody : new RegistryClient(server, login, signal), login };
}
