import { splitReference } from "../../components/render/imageReference.ts";
import { shortened } from "../terminal.ts";
import type { Box, Layout, Panel, PlacedApp, PlacedVariant } from "./layout.ts";

/** The graph as an SVG element; its colours come from the page's style sheet. */
export function svg(layout: Layout, label: string): string {
    const { width, height, bases, variants } = layout;
    const edges = [
        ...variants.flatMap((placed) => [
            ...pick(bases, placed.variant.bases).map((base) => edge(base, placed, "faint", 2)),
            ...pick(bases, placed.variant.formerBases).map((base) => edge(base, placed, "faint unbuilt", 2)),
            ...pick(variants, placed.variant.parents).map((parent) =>
                edge(parent, placed, parent.variant.state, 3),
            ),
        ]),
        ...variants.flatMap((placed) => placed.panels.map((panel) => panelEdge(placed, panel))),
    ];
    return [
        `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}" xmlns="http://www.w3.org/2000/svg">`,
        ...edges,
        ...bases.map((base) => baseCard(base)),
        ...variants.map(variantCard),
        ...variants.flatMap((placed) => placed.panels.map((panel) => panelCard(placed, panel))),
        "</svg>",
    ].join("\n");
}

function pick<T>(items: readonly T[], indices: readonly number[]): readonly T[] {
    return items.filter((_, index) => indices.includes(index));
}

function panelEdge(placed: PlacedVariant, panel: Panel): string {
    // As wide as many apps hang on it, and never so wide that it hides where it goes.
    const stroke = Math.min(2 + Math.sqrt(panel.apps.length), 14);
    return edge(placed, panel, `${placed.variant.state}${panel.built ? "" : " unbuilt"}`, stroke);
}

/** A curve from the right of one box to the left of another, at the height of their titles. */
function edge(from: Box, to: Box, kind: string, stroke: number): string {
    const [x1, y1] = [from.x + from.width, from.y + 32];
    const [x2, y2] = [to.x, to.y + (to.height > 80 ? 32 : to.height / 2)];
    const bend = (x2 - x1) / 2;
    return `<path class="edge ${kind}" stroke-width="${stroke.toFixed(1)}" d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
}

function baseCard(base: Box & { readonly name: string }): string {
    const pinned = splitReference(base.name).digest !== undefined;
    const [name = ""] = base.name.split("@");
    return [
        `<g class="card base">${title(base.name)}${rectangle(base, 14)}`,
        text(base.x + 18, base.y + 28, fitted(name, base.width - 32, 15), "name"),
        text(base.x + 18, base.y + 47, pinned ? "base, pinned by digest" : "base, by tag", "small"),
        "</g>",
    ].join("");
}

function variantCard({ variant, ...box }: PlacedVariant): string {
    const x = box.x + 22;
    return [
        `<g class="card variant ${variant.state}">${rectangle(box, 16)}`,
        `<rect class="stripe" x="${box.x}" y="${box.y + 16}" width="5" height="${box.height - 32}" rx="2.5"/>`,
        text(x, box.y + 36, variant.title, "title"),
        ...variant.details.map((detail, line) =>
            text(x, box.y + 60 + line * 19, fitted(detail, box.width - 40, 13), "small"),
        ),
        "</g>",
    ].join("");
}

function panelCard({ variant }: PlacedVariant, panel: Panel): string {
    return [
        `<g class="panel ${variant.state}${panel.built ? "" : " unbuilt"}">${rectangle(panel, 16)}`,
        text(panel.x + 18, panel.y + 27, panel.title, "heading"),
        ...panel.apps.map((app) => appChip(app, panel)),
        "</g>",
    ].join("");
}

function appChip({ app, ...box }: PlacedApp, { roomy, built }: Panel): string {
    const attention = app.note !== "";
    const x = box.x + 14;
    const marks = [...(app.running ? ["running"] : []), ...(attention ? ["waiting"] : [])];
    const room = box.width - 24 - marks.length * 15;
    const note = attention
        ? `→ ${app.note}`
        : !built
          ? "docker compose up"
          : app.running
            ? "running"
            : "up to date";
    return [
        `<g class="app">${title([app.name, app.note].filter((line) => line !== "").join("\n"))}`,
        rectangle(box, roomy ? 10 : 8),
        roomy
            ? text(x, box.y + 25, fitted(app.name, room, 15), "name") +
              text(x, box.y + 44, fitted(note, box.width - 24, 12.5), "small")
            : text(x, box.y + 20, fitted(app.name, room, 13), "dense"),
        ...marks.map((kind, index) => {
            const [cx, cy] = [box.x + box.width - 15 - index * 15, box.y + (roomy ? 20 : 15)];
            return `<circle class="${kind}" cx="${cx}" cy="${cy}" r="4"/>`;
        }),
        "</g>",
    ].join("");
}

function rectangle({ x, y, width, height }: Box, radius: number): string {
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

function text(x: number, y: number, content: string, kind: string): string {
    return `<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** A tooltip, and what a screen reader says. */
function title(content: string): string {
    return `<title>${escaped(content)}</title>`;
}

/** Text cut to fit. Without a browser its width is only estimated, by the wider fonts among those in use. */
function fitted(content: string, room: number, size: number): string {
    return shortened(content, Math.floor(room / (size * 0.6)));
}

/** Text as it may stand in HTML and XML. */
export function escaped(content: string): string {
    return content.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
