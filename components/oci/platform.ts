/** What an image runs on, in Go's words. */
interface Platform {
    readonly os?: string | null | undefined;
    readonly architecture?: string | null | undefined;
    readonly variant?: string | null | undefined;
}

/** Such as `linux/arm/v7`. Every 64-bit ARM is a v8, which builders leave out, or not. */
export function platformName({ os, architecture, variant }: Platform): string {
    const name = `${os || "unknown"}/${architecture || "unknown"}`;
    return !variant || (architecture === "arm64" && variant === "v8") ? name : `${name}/${variant}`;
}

/**
 * What an image for several platforms has for an engine's, which knows no variant: an engine takes what its processor can
 * run, the newest of it.
 */
export function platformFor(engine: string, platforms: readonly string[]): string | undefined {
    const variants = platforms.filter((name) => name.startsWith(`${engine}/`)).sort();
    return platforms.includes(engine) ? engine : variants.at(-1);
}
