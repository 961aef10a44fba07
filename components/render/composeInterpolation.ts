/** The variables that a Compose file may name, as its `.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Text that Compose would refuse. */
export class InterpolationError extends Error {}

/**
 * The text with its variables replaced, as Compose does it (compose-go, template/template.go). A variable that nothing
 * sets and that has no default is kept, for {@link unsetIn}: a shell may set it.
 *
 * @throws InterpolationError
 */
export function interpolate(text: string, variables: Variables): string {
    let result = "";
    for (let at = 0; at < text.length;) {
        const dollar = text.indexOf("$", at);
        if (dollar === -1) return result + text.slice(at);
        result += text.slice(at, dollar);
        const rest = text.slice(dollar + 1);
        const plain = /^[_a-z][_a-z0-9]*/i.exec(rest)?.[0];
        if (rest.startsWith("$")) {
            result += "$";
            at = dollar + 2;
        } else if (plain !== undefined) {
            result += variables[plain] ?? unset(plain);
            at = dollar + 1 + plain.length;
        } else if (!rest.startsWith("{")) {
            result += "$";
            at = dollar + 1;
        } else {
            const end = closingBrace(rest);
            const inner = end === -1 ? undefined : braced(rest.slice(1, end), variables);
            if (inner === undefined)
                throw new InterpolationError(`${text} has a variable that has no end or no name`);
            result += inner;
            at = dollar + 1 + end + 1;
        }
    }
    return result;
}

/** The variables in an interpolated text that nothing sets. */
export function unsetIn(text: string): readonly string[] {
    return [...text.matchAll(/\uE000(.*?)\uE001/g)].map(([, name = ""]) => name);
}

/** The text with something in the place of each variable that nothing sets; Compose puts nothing there. */
export function withUnset(text: string, value = ""): string {
    return text.replaceAll(/\uE000.*?\uE001/g, value);
}

// Two characters that no text has, for they are in no character set's common part.
function unset(name: string): string {
    return `\uE000${name}\uE001`;
}

function closingBrace(text: string): number {
    let open = 0;
    for (let index = 0; index < text.length; index++) {
        if (text[index] === "{") open++;
        else if (text[index] === "}" && --open === 0) return index;
    }
    return -1;
}

function braced(inner: string, variables: Variables): string | undefined {
    const [, name, operator, word = ""] = /^([_a-z][_a-z0-9]*)(?:(:?[-?+])(.*))?$/i.exec(inner) ?? [];
    if (name === undefined) return undefined;
    const value = variables[name];
    if (operator === undefined) return value ?? unset(name);
    const there = value !== undefined && !(operator.startsWith(":") && withUnset(value) === "");
    switch (operator.at(-1)) {
        case "-":
            return there ? value : interpolate(word, variables);
        case "+":
            return there ? interpolate(word, variables) : (value ?? "");
        default:
            return there ? value : unset(name);
    }
}
