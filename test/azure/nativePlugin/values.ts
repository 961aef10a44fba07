import { isDeepStrictEqual } from "node:util";
import {
    isRpcSecret,
    specialSecretSig,
    specialSigKey,
    unknownValue,
    unwrapRpcSecret,
} from "@pulumi/pulumi/runtime/rpc.js";

/** Properties as they come over the wire or are kept in state. */
export type Properties = Readonly<Record<string, unknown>>;

/** Which parts of a value a resource takes as inputs: all of it, some fields, or some fields of each item. */
export type Shape = true | readonly [Shape] | { readonly [field: string]: Shape };

export const unknown = unknownValue;

export function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The properties without the marks of secrets, and without those that are null. */
export function plain(properties: Properties): Properties {
    return plainValue(properties) as Properties;
}

/** The outputs, those marked as secrets that belong to inputs that are. */
export function keepSecrets(inputs: Properties, outputs: Properties): Properties {
    return mapValues(outputs, (value, key) =>
        holdsSecret(inputs[key]) ? { [specialSigKey]: specialSecretSig, value } : value,
    );
}

/** The part of a value that can be set. */
export function project(value: unknown, shape: Shape): unknown {
    if (shape === true) return value;
    if (isItems(shape)) return Array.isArray(value) ? value.map((item) => project(item, shape[0])) : value;
    if (!isObject(value)) return value;
    return Object.fromEntries(
        Object.entries(shape).flatMap(([field, inner]) =>
            value[field] === undefined ? [] : [[field, project(value[field], inner)]],
        ),
    );
}

/**
 * Carries over to the inputs what has changed between two sets of outputs: what Azure has set by itself from the
 * beginning does not become an input, what was changed behind the program's back does.
 */
export function applyChanges(inputs: Properties, before: Properties, after: Properties): Properties {
    const kept = Object.entries(inputs).filter(([key]) => !(key in before) || key in after);
    const changed = Object.entries(after).flatMap(([key, value]) =>
        isDeepStrictEqual(before[key], value)
            ? []
            : [[key, applyChange(inputs[key], before[key], value)] as const],
    );
    return { ...Object.fromEntries(kept), ...Object.fromEntries(changed) };
}

function applyChange(input: unknown, before: unknown, after: unknown): unknown {
    if (isObject(input) && isObject(before) && isObject(after)) return applyChanges(input, before, after);
    if (Array.isArray(input) && Array.isArray(before) && Array.isArray(after)) {
        return after.map((item, index) =>
            index < input.length && index < before.length
                ? applyChange(input[index], before[index], item)
                : (item as unknown),
        );
    }
    return after;
}

function plainValue(value: unknown): unknown {
    if (isRpcSecret(value)) return plainValue(unwrapRpcSecret(value));
    if (Array.isArray(value)) return value.map(plainValue);
    if (!isObject(value)) return value;
    return mapValues(
        Object.fromEntries(Object.entries(value).filter(([, field]) => field != null)),
        plainValue,
    );
}

function holdsSecret(value: unknown): boolean {
    if (isRpcSecret(value)) return true;
    if (Array.isArray(value)) return value.some(holdsSecret);
    return isObject(value) && Object.values(value).some(holdsSecret);
}

function isItems(shape: Shape): shape is readonly [Shape] {
    return Array.isArray(shape);
}

function mapValues(object: Properties, map: (value: unknown, key: string) => unknown): Properties {
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
