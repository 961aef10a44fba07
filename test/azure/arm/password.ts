import { randomInt } from "node:crypto";

export type PasswordName = "password1" | "password2";

export const passwordNames: readonly PasswordName[] = ["password1", "password2"];

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const base64 = `${alphanumeric}+/`;

/** One of the two passwords of a token. Azure shows its value once; the registry knows it. */
export interface Password {
    readonly name: PasswordName;
    readonly value: string;
    readonly creationTime: Date;
    readonly expiry?: Date;
}

/** 52 characters with the mark by which scanners know a registry's password. */
export function newPasswordValue(): string {
    return `${pick(base64, 42)}+ACR${pick("ABCD", 1)}${pick(base64, 5)}`;
}

function pick(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}
