import { Document, visit } from "yaml";

// Compose's YAML reader (go-yaml) refuses these, or takes them for line ends or indentation, unless they are escaped.
const delicate = /[\t\u007F-\u009F\u2028\u2029\uFFFE\uFFFF]/g;

/**
 * A value as YAML that Compose reads back as it is. Compose's YAML keeps some rules of version 1.1, by which a bare
 * `0b1` or `2001-01-01` is no string: `compat` has them quoted.
 */
export function composeYaml(value: unknown): string {
    const document = new Document(value, { compat: "yaml-1.1", aliasDuplicateObjects: false });
    visit(document, {
        Scalar(_key, scalar) {
            if (typeof scalar.value === "string" && scalar.value.search(delicate) !== -1) {
                scalar.type = "QUOTE_DOUBLE";
            }
        },
    });
    return document
        .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity })
        .replace(delicate, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Text that Compose takes literally: `$` starts a variable, doubled it is itself. */
export function literal(text: string): string {
    return text.replaceAll("$", "$$$$");
}
