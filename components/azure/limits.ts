import { isIPv4 } from "node:net";

/** The tiers of a registry, from the smallest. */
export type Sku = "Basic" | "Standard" | "Premium";

/**
 * What is wrong with a registry's name, or nothing. The name is its host's first part, and image references have no
 * upper case.
 */
export function registryNameProblem(name: string): string | undefined {
    if (/^[a-z0-9]{5,50}$/.test(name)) return undefined;
    return "must be 5 to 50 lower-case letters and digits, unique in all of Azure";
}

/**
 * What is wrong with a resource group's name, or nothing. Azure counts letters, of which it knows those of all
 * languages; azure-native counts bytes.
 */
export function resourceGroupNameProblem(name: string): string | undefined {
    const fits = Buffer.byteLength(name) <= 90 && !name.endsWith(".");
    if (fits && /^[\p{L}\p{N}_().-]+$/u.test(name)) return undefined;
    return "must be 1 to 90 letters, digits, '_', '-', '.' and parentheses (90 bytes in UTF-8), without a '.' at the end";
}

/** Options that some tiers lack. */
export interface TieredOptions {
    readonly allowedAddresses?: readonly string[] | undefined;
    readonly untaggedRetentionDays?: number | undefined;
}

/** Azure's limit on address rules of one registry. */
const mostAddresses = 200;

/**
 * What is wrong with removing images by their age, or nothing. What is in use is told by its lock alone: Azure's purge
 * passes over tags that can't be written.
 */
export function purgeProblem(lockTags: boolean): string | undefined {
    return lockTags ? undefined : "needs lockTags, for without locks images that are in use would be removed";
}

/** Everything that is wrong with the options, for a registry of this tier. */
export function optionProblems(sku: Sku, options: TieredOptions): string[] {
    const { allowedAddresses: addresses = [], untaggedRetentionDays: days } = options;
    const premium = (name: string): string[] =>
        sku === "Premium" ? [] : [`${name}: is an option of the Premium SKU only, found ${sku}`];
    return [
        ...(options.allowedAddresses === undefined ? [] : premium("allowedAddresses")),
        ...(addresses.length > mostAddresses
            ? [`allowedAddresses: must be ${mostAddresses} at most, found ${addresses.length}`]
            : []),
        ...(options.allowedAddresses?.length === 0
            ? ["allowedAddresses: must have one at least, found none; nobody could use the registry"]
            : []),
        ...addresses
            .filter((address) => !isRange(address))
            .map(
                (address) =>
                    `allowedAddresses: must be IPv4 addresses or CIDR ranges, found ${JSON.stringify(address)}`,
            ),
        ...(days === undefined ? [] : premium("untaggedRetentionDays")),
        ...(days !== undefined && !(Number.isInteger(days) && days >= 0 && days <= 365)
            ? [`untaggedRetentionDays: must be a whole number from 0 to 365, found ${days}`]
            : []),
    ];
}

/** Whether it is an IPv4 address, or a range of them such as `198.51.100.0/24`. */
function isRange(text: string): boolean {
    const [address = "", bits = "32", ...more] = text.split("/");
    return more.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
}
