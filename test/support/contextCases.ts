import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";

type EntryKind = "file" | "folder" | "symlink";

/** A build context: its ignore file, and what lies beside it. */
export interface ContextCase {
    readonly rules: string;
    /** By path. A folder is there for itself; those of the others come with them. */
    readonly entries: Readonly<Record<string, EntryKind>>;
}

const names = [
    ..."a b A B 7 # ! ab foo Foo x.ts a.b ... ..a libstdc++ a(b) [a] a{2} {a,b} a|b $a a^b a* a? a\\b é e\u0301 日本 𝒳 !a #a a-b".split(
        " ",
    ),
    ...[" ", "a b", " a", "a ", "a\nb", "a\u00a0"],
];

/** Of few names, so that rules meet more than one place. */
const tree = fc.uniqueArray(fc.constantFrom(...names), { minLength: 2, maxLength: 4 }).chain((few) => {
    const place = fc
        .array(fc.constantFrom(...few), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join("/"));
    const kind = fc.constantFrom<EntryKind>("file", "file", "file", "folder", "symlink");
    return fc.array(fc.tuple(place, kind), { minLength: 1, maxLength: 12 }).map((entries) => {
        const placed = new Map<string, EntryKind>();
        for (const [place, kind] of entries) {
            // No entry lies in a file, nor in the place of a folder.
            const clashes = [...placed].some(
                ([other, otherKind]) =>
                    other === place ||
                    other.startsWith(`${place}/`) ||
                    (otherKind !== "folder" && place.startsWith(`${other}/`)),
            );
            if (!clashes) placed.set(place, kind);
        }
        return Object.fromEntries(placed);
    });
});

const wildcard = fc.constantFrom(..."* ** ? [a-c] [^a] *a a* *.* **a a** [[:alpha:]] \\a ***".split(" "));
const oddPiece = fc.constantFrom(
    ..."* ** ? / // . .. ! # a b 7 foo é".split(" "),
    ..."[ ] [a- [^ [] [b-a] [*] [?] [.] [^/] [[:digit:]] [[:^alpha:]] [[:no:]] [\\d] [\\]]".split(" "),
    ..."\\ \\* \\[ \\d \\w \\S \\b \\B \\A \\z \\Q \\E \\n \\x41 \\x{e9} \\101 \\1 \\y \\é".split(" "),
    ..."( ) | { } {2} {1,2} {0} {,2} {2,1} {1001} {01} + $ ^ - && --".split(" "),
    // No tab: BuildKit sends rules in a header, which takes none.
    ...[" ", "\uFEFF", "\u00a0", "\u0085"],
);

/** A path of the tree, or of a folder there, with some of its parts or letters made wild. */
const nearRule = (places: readonly string[]) =>
    fc
        .record({
            place: fc.constantFrom(...places),
            depth: fc.nat(3),
            wild: fc.array(fc.tuple(fc.nat(3), wildcard), { maxLength: 2 }),
            before: fc.constantFrom("", "", "", "", "/", "./", "**/", "a/../", "../", " "),
            after: fc.constantFrom("", "", "", "", "/", "/*", "/**", "/.", " ", "\r"),
            escaped: fc.boolean(),
        })
        .map(({ place, depth, wild, before, after, escaped }) => {
            const parts = place.split("/").slice(0, depth + 1);
            const quoted = parts.map((part) => (escaped ? part.replace(/[[\]*?\\{}|^]/g, "\\$&") : part));
            for (const [index, text] of wild) if (index < quoted.length) quoted[index] = text;
            return `${before}${quoted.join("/")}${after}`;
        });

const oddRule = fc.array(oddPiece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));

/** Contexts whose rules are near to what lies there, with `odd` ones among them that few would write. */
export function contextCases(odd: boolean): fc.Arbitrary<ContextCase> {
    return tree.chain((entries) => {
        const near = nearRule(Object.keys(entries));
        const rule = fc
            .tuple(fc.constantFrom("", "", "!", "! "), odd ? fc.oneof(near, oddRule) : near)
            .map(([mark, text]) => `${mark}${text}`);
        return fc
            .record({
                mark: fc.constantFrom("", "", "\uFEFF"),
                rules: fc.array(
                    fc.oneof(
                        { weight: 9, arbitrary: rule },
                        { weight: 1, arbitrary: fc.constantFrom("", "*", "**", "# a", "a", "!a") },
                    ),
                    { maxLength: 6 },
                ),
                end: fc.constantFrom("\n", "\r\n"),
            })
            .map(({ mark, rules, end }) => ({ rules: mark + rules.join(end), entries }));
    });
}

/** Makes the context in a folder; its own two files are told apart from generated names by theirs. */
export function writeContext(folder: string, { rules, entries }: ContextCase): void {
    fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    fs.writeFileSync(path.join(folder, ".dockerignore"), rules);
    for (const [place, kind] of Object.entries(entries)) {
        const target = path.join(folder, place);
        fs.mkdirSync(kind === "folder" ? target : path.dirname(target), { recursive: true });
        if (kind === "file") fs.writeFileSync(target, "");
        if (kind === "symlink") fs.symlinkSync("a", target);
    }
}
