import type { Graph, Variant } from "./model.ts";

const styles = [
    "classDef base fill:#e8eaee,stroke:#8b93a1,color:#1c2330",
    "classDef official fill:#d9f2e3,stroke:#1f8a54,color:#0d3b24",
    "classDef override fill:#fdeccb,stroke:#b7791f,color:#4d3207",
    "classDef older fill:#e4e1fb,stroke:#6a5acd,color:#2a2266",
    "classDef moved fill:#fbdfdf,stroke:#c0392b,color:#5c1710",
    "classDef unknown fill:#fbdfdf,stroke:#c0392b,color:#5c1710",
];

/** The graph as Mermaid text, for a README or a pull request. Dashed lines lead to apps that
 * aren't built yet, and to older foundations, whose Dockerfile may have been another. */
export function mermaid(graph: Graph): string {
    const bases = graph.bases.map((base, index) => node(`base${index}`, [base], "base"));
    const variants = graph.variants.flatMap((variant, index) => variantLines(variant, index));
    const own = graph.variants.flatMap((variant, index) => [
        ...variant.bases.map((base) => `base${base} --> f${index}`),
        ...variant.formerBases.map((base) => `base${base} -.-> f${index}`),
        ...variant.parents.map((parent) => `f${parent} --> f${index}`),
    ]);
    const others =
        graph.others.length === 0 ? [] : [node("others", ["Not on a foundation", ...graph.others], "base")];
    return [
        "flowchart LR",
        ...[...bases, ...variants, ...own, ...others, ...styles].map((line) => `    ${line}`),
    ].join("\n");
}

function variantLines(variant: Variant, index: number): string[] {
    const apps = [
        ...variant.built.map((app) => ({ app, arrow: "-->" })),
        ...variant.unbuilt.map((app) => ({ app, arrow: "-.->" })),
    ];
    return [
        node(`f${index}`, [variant.title, ...variant.details], variant.state),
        ...apps.flatMap(({ app, arrow }, position) => [
            node(`f${index}a${position}`, [app.name, ...(app.note === "" ? [] : [app.note])], variant.state),
            `f${index} ${arrow} f${index}a${position}`,
        ]),
    ];
}

function node(id: string, lines: readonly string[], style: string): string {
    return `${id}["${lines.map(escaped).join("<br/>")}"]:::${style}`;
}

/** Mermaid has character codes of its own, between # and ;. */
function escaped(text: string): string {
    return text.replaceAll(/[#"<>&;]/g, (character) => `#${character.charCodeAt(0)};`);
}
