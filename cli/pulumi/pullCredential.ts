import { Problem } from "../../components/problem.ts";

/** The pull credential that the environment gives, as in CI; undefined when it gives none. */
export function credentialFromEnvironment(
    environment: NodeJS.ProcessEnv = process.env,
): { readonly username: string; readonly password: string } | undefined {
    const username = environment["FOUNDATION_PULL_USERNAME"] ?? "";
    const password = environment["FOUNDATION_PULL_PASSWORD"] ?? "";
    if (username === "" && password === "") return undefined;
    if (username === "" || password === "") {
        const missing = username === "" ? "FOUNDATION_PULL_USERNAME" : "FOUNDATION_PULL_PASSWORD";
        throw new Problem({
            wrong: `${missing} is not set`,
            remedy: "set both it and its companion, or neither to use the stack's outputs",
        });
    }
    return { username, password };
}
