import * as v from "valibot";
import { Problem } from "../../components/problem.ts";
import { pulumi } from "./run.ts";

const schema = v.object({
    registryServer: v.string(),
    image: v.string(),
    digest: v.string(),
    /** None of a stack that version 0.1 has deployed. */
    images: v.exactOptional(
        v.record(v.string(), v.object({ image: v.string(), digest: v.string(), channelImage: v.string() })),
    ),
    /** None where developers have logins of their own, or need none. */
    pullUsername: v.optional(v.string()),
    pullPassword: v.optional(v.string()),
    /** In RFC 3339, or `never`; none where nobody says. */
    pullPasswordExpiresAt: v.optional(v.string()),
});

/** What a deployed stack tells, with its name. `pullPassword` is secret. */
export interface StackOutputs extends v.InferOutput<typeof schema> {
    readonly stack: string;
}

/**
 * Reads the outputs of a stack.
 *
 * @param stack the selected one when not given.
 * @throws Problem when there is none, or nothing was deployed yet.
 */
export async function readStackOutputs(root: string, stack: string | undefined): Promise<StackOutputs> {
    const chosen = stack === undefined ? [] : ["--stack", stack];
    const [text, name] = await Promise.all([
        pulumi(root, ["stack", "output", "--json", "--show-secrets", ...chosen]),
        stack === undefined ? pulumi(root, ["stack", "--show-name"]) : stack,
    ]);
    const read: unknown = JSON.parse(text);
    const outputs = v.safeParse(schema, read);
    if (!outputs.success) {
        const names = Object.keys(read ?? {});
        if (names.length > 0)
            throw new Problem({
                wrong: `the stack ${name.trim()} lacks outputs that foundation() returns`,
                found: names.join(", "),
                remedy: "export all that it returns from the program, beside what is your own, and run `pulumi up`",
            });
        throw new Problem({
            wrong: `the stack ${name.trim()} has published no foundation yet`,
            remedy: "run `pulumi up`",
        });
    }
    return { ...outputs.output, stack: bareName(name.trim()) };
}

/** In an organisation a stack is org/project/name; files have the name alone. */
export function bareName(stack: string): string {
    return stack.split("/").at(-1) ?? stack;
}
