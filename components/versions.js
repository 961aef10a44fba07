/** Of the package; `package.json` beside this has the same. */
export const VERSION = "0.2.0";
/** Pulumi's providers, of which only those that are configured need to be installed: what this version was tried with. */
export const PROVIDERS = { "azure-native": "3.28.0", docker: "5.2.0" };
/** Node strips types by itself from 22.18 on; a test's own certificate authority can be trusted from here on. */
export const MINIMUM_NODE = "22.19.0";
/** The oldest the CLI may be: the one the SDK of this version was tried with. */
export const MINIMUM_PULUMI = "3.259.0";
/** BuildKit in the engine knows the named contexts by which apps find the foundation. */
export const MINIMUM_ENGINE = "23.0.0";
/** The first with `configs` that have their content in the definition, as the local registry's have. */
export const MINIMUM_COMPOSE = "2.23.1";
/** The first that takes a service for a named context, as `foundation:contexts` may have it. */
export const MINIMUM_COMPOSE_WITH_SERVICES = "2.33.1";
/** The first with named contexts. */
export const MINIMUM_BUILDX = "0.8.0";
/** What Compose 5 builds with; older ones refuse no buildx, but were tried with services for contexts on this one only. */
export const MINIMUM_BUILDX_WITH_SERVICES = "0.17.0";

/**
 * @param {string} version dotted numbers, whatever follows them, such as "v26.1.5+dfsg1"
 * @param {string} minimum
 * @returns {boolean}
 */
export function isAtLeast(version, minimum) {
    // Built from source without a version: Docker calls that "library-import", Compose "dev". It is taken for a new one.
    if (/^(\D+|v0\.0\.0\+unknown)$/.test(version)) return true;
    const have = numbers(version);
    const want = numbers(minimum);
    for (let i = 0; i < want.length; i++) {
        const difference = (have[i] ?? 0) - (want[i] ?? 0);
        if (difference !== 0) return difference > 0;
    }
    return true;
}

/**
 * @param {string} version
 * @returns {number[]}
 */
function numbers(version) {
    return (/\d+(\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
}
