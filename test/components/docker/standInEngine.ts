import * as v from "valibot";
import type { Engine } from "../../../components/docker/engine.ts";

/** An engine with these answers, by path. What it hasn't is gone. */
export function engineWith(answers: Readonly<Record<string, unknown>>): Engine {
    const answerTo = <Schema extends v.GenericSchema>(path: string, schema: Schema) =>
        v.parse(schema, answers[path]);
    return {
        platform: "linux/amd64",
        get: (path, schema) => Promise.resolve(answerTo(path, schema)),
        find: (path, schema) =>
            Promise.resolve(Object.hasOwn(answers, path) ? answerTo(path, schema) : undefined),
    };
}
