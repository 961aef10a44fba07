import { isMap, parseDocument, type YAMLMap } from "yaml";

/**
 * A package.json with these dependencies, and with `"type": "module"` where asked; what is there stays as it is written.
 * Dependencies that it has already keep their version.
 *
 * @param text JSON whose top is an object.
 */
export function withDependencies(
    text: string,
    dependencies: Readonly<Record<string, string>>,
    { module }: { readonly module: boolean },
): string {
    const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? "  ";
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    const top = mapIn(text);
    const known = new Set(["dependencies", "devDependencies"].flatMap((key) => keysOf(top.get(key))));
    const missing = Object.entries(dependencies).filter(([name]) => !known.has(name));
    let result = text;
    if (missing.length > 0) {
        const present = top.get("dependencies");
        if (isMap(present)) {
            const lines = missing.map(
                ([name, version]) => `${JSON.stringify(name)}: ${JSON.stringify(version)}`,
            );
            result = inserted(result, present, lines, indent.repeat(2), indent, newline);
        } else {
            const lines = missing.map(
                ([name, version]) => `${indent.repeat(2)}${JSON.stringify(name)}: ${JSON.stringify(version)}`,
            );
            const block = `"dependencies": {${newline}${lines.join(`,${newline}`)}${newline}${indent}}`;
            result = inserted(result, top, [block], indent, "", newline);
        }
    }
    return module ? inserted(result, mapIn(result), ['"type": "module"'], indent, "", newline) : result;
}

/** A new package.json. */
export function newPackageJson(name: string, dependencies: Readonly<Record<string, string>>): string {
    return `${JSON.stringify({ name, private: true, type: "module", dependencies }, undefined, 2)}\n`;
}

function mapIn(text: string): YAMLMap {
    const { contents } = parseDocument(text);
    if (!isMap(contents)) throw new Error("this is no JSON object");
    return contents;
}

function keysOf(value: unknown): string[] {
    return isMap(value) ? value.items.map(({ key }) => String(key)) : [];
}

/** The text with entries more at the end of one of its objects. */
function inserted(
    text: string,
    { items, range }: YAMLMap,
    entries: readonly string[],
    indent: string,
    outer: string,
    newline: string,
): string {
    const [, end = text.length] = range ?? [];
    // Of the object, whose last character is the brace.
    const close = text.lastIndexOf("}", end - 1);
    const before = text.slice(0, close).trimEnd();
    const lines = entries.map((entry) => `${newline}${indent}${entry}`).join(",");
    return `${before}${items.length === 0 ? "" : ","}${lines}${newline}${outer}${text.slice(close)}`;
}
