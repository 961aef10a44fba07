import { stringify } from "yaml";

/**
 * A value as YAML that Compose reads back as it is. Compose's YAML keeps some rules of version 1.1, by which a bare
 * `0b1` or `2001-01-01` is no string: `compat` has them quoted.
 */
export function composeYaml(value: unknown): string {
    return stringify(value, { lineWidth: 0, compat: "yaml-1.1", aliasDuplicateObjects: false });
}

/** Text that Compose takes literally: `$` starts a variable, doubled it is itself. */
export function literal(text: string): string {
    return text.replaceAll("$", "$$$$");
}
