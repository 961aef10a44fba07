import type { Context } from "../../components/resources/resource.ts";

/** Surroundings for a resource: a folder as the project's, and a list that takes what is told to the user. */
export function contextIn(root: string, told: string[] = [], signal = new AbortController().signal): Context {
    return {
        root,
        stack: "dev",
        signal,
        info: (message) => {
            told.push(message);
            return Promise.resolve();
        },
        progress: () => undefined,
    };
}
