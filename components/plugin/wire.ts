import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";

/** The value without its secret marks. */
export function plain(value: unknown): unknown {
    if (isSecret(value)) return plain(value.value);
    if (Array.isArray(value)) return value.map(plain);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The properties that are secret, or have a secret in them. */
export function secretProperties(properties: object): string[] {
    return Object.entries(properties)
        .filter(([, value]) => secretTexts(value).length > 0)
        .map(([name]) => name);
}

/** The properties with these of them marked as secret. */
export function withSecrets(properties: object, secrets: ReadonlySet<string>): object {
    return Object.fromEntries(
        Object.entries(properties).map(([name, value]: [string, unknown]) => [
            name,
            secrets.has(name) ? { [specialSigKey]: specialSecretSig, value } : value,
        ]),
    );
}

/** Every text that is secret. */
export function secretTexts(value: unknown): string[] {
    if (isSecret(value)) return texts(plain(value));
    return isObject(value) ? Object.values(value).flatMap(secretTexts) : [];
}

function texts(value: unknown): string[] {
    if (isObject(value)) return Object.values(value).flatMap(texts);
    return [String(value)];
}

function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null;
}

function isSecret(value: unknown): value is { readonly value: unknown } {
    return isObject(value) && specialSigKey in value && value[specialSigKey] === specialSecretSig;
}
