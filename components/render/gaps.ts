/**
 * A place in an emitted text for what is known only after the push, such as `$<foundation.image>`. In Compose's own
 * syntax a single dollar sign can't stand there, and a user's own is doubled.
 */
export function gap(name: string): string {
    return `$<${name}>`;
}

/**
 * The text with its gaps filled; undefined when one of them has a value that isn't known yet. What looks like a gap and
 * has no value at all is none of ours.
 */
export function fill(text: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
    const unknown: string[] = [];
    const filled = text.replaceAll(/(\$+)<([\w.-]+)>/g, (whole, dollars: string, name: string) => {
        if (dollars.length % 2 === 0 || !Object.hasOwn(values, name)) return whole;
        const value = values[name];
        if (value === undefined) unknown.push(name);
        return dollars.slice(1) + (value ?? "");
    });
    return unknown.length === 0 ? filled : undefined;
}
