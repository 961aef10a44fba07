import { mustAnswer } from "./ask.ts";

export async function composeVersion(): Promise<string> {
    return (await mustAnswer(["compose", "version", "--short"])).trim();
}
