/** A text that several files have, each with the name of its folder in it. */
export interface SharedText {
    /** With `$<>` where the name is. */
    readonly text: string;
    /** Path to name. */
    readonly names: Readonly<Record<string, string>>;
}

/** What texts are made from: those that several files have, and path to text of the others. */
export interface Texts {
    readonly shared: readonly SharedText[];
    readonly texts: Readonly<Record<string, string>>;
}

/** No gap of `gaps.ts`: those have names. */
const place = "$<>";

/** Says once what is the same in texts but for the names of their folders, as in those of most apps. */
export function shareTexts(texts: Readonly<Record<string, string>>): Texts {
    const groups = new Map<string, Record<string, string>>();
    for (const [file, text] of Object.entries(texts)) {
        const name = file.split("/").at(-2) ?? "";
        if (name === "" || text.includes(place)) continue;
        const shared = text.replaceAll(name, place);
        const names = groups.get(shared) ?? {};
        names[file] = name;
        groups.set(shared, names);
    }
    const shared = [...groups]
        .map(([text, names]) => ({ text, names }))
        .filter(({ names }) => Object.keys(names).length > 1);
    const placed = new Set(shared.flatMap(({ names }) => Object.keys(names)));
    return { shared, texts: Object.fromEntries(Object.entries(texts).filter(([file]) => !placed.has(file))) };
}

/** Path to text, of all. */
export function allTexts({ shared, texts }: Texts): Readonly<Record<string, string>> {
    const told = shared.flatMap(({ text, names }) =>
        Object.entries(names).map(([file, name]) => [file, text.replaceAll(place, () => name)]),
    );
    return { ...(Object.fromEntries(told) as Record<string, string>), ...texts };
}
