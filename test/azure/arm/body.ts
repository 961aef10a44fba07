import * as v from "valibot";
import { ArmError } from "./error.ts";

/** Reads a request's body as what the operation takes. Schemas are strict: what nobody has looked up must not pass. */
export function parseBody<Schema extends v.GenericSchema>(
    schema: Schema,
    body: unknown,
): v.InferOutput<Schema> {
    const result = v.safeParse(schema, body);
    if (result.success) return result.output;
    const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? "body"}: ${issue.message}`);
    throw new ArmError(
        400,
        "InvalidRequestContent",
        `The request content was invalid: ${problems.join("; ")}`,
    );
}

export const tags = v.optional(v.record(v.string(), v.string()), {});
