import { counted } from "../terminal.ts";
import type { Graph, GraphApp, Variant } from "./model.ts";

/** A rectangle; all lengths are in the pixels of the page at its natural size. */
export interface Box {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

export interface PlacedApp extends Box {
    readonly app: GraphApp;
}

/** The apps on one foundation that are built, or those that aren't yet. */
export interface Panel extends Box {
    readonly title: string;
    readonly built: boolean;
    /** Whether there is room for an app's note under its name. */
    readonly roomy: boolean;
    readonly apps: readonly PlacedApp[];
}

export interface PlacedVariant extends Box {
    readonly variant: Variant;
    readonly panels: readonly Panel[];
}

export interface Layout {
    readonly width: number;
    readonly height: number;
    readonly bases: readonly (Box & { readonly name: string })[];
    readonly variants: readonly PlacedVariant[];
}

// Room for the lines of the outermost boxes.
const margin = 2;
const base = { width: 236, height: 64, gap: 16 };
const card = { x: 322, width: 262, step: 322, lineHeight: 19, padding: 20 };
const panel = { x: 678, width: 664, header: 42, padding: 14, gap: 20 };
const roomy = { height: 58, gap: 10, most: 12 };
const dense = { height: 30, gap: 8 };
const between = 36;

/**
 * Places everything: bases on the left, foundations in the middle, and beside each the panels with its apps. What
 * belongs together starts at the same height, so that with 200 apps the beginning of each panel shows where it hangs.
 */
export function layOut(graph: Graph): Layout {
    const variants: PlacedVariant[] = [];
    // What is built on a foundation stands to the right of it.
    const depths = graph.variants.reduce<number[]>((found, { parents }) => {
        return [...found, Math.max(0, ...parents.map((parent) => (found[parent] ?? 0) + 1))];
    }, []);
    // Without any base there is no column for them.
    const left = graph.bases.length === 0 ? margin : card.x;
    const shift = Math.max(0, ...depths) * card.step + left - card.x;
    let y = margin;
    for (const [index, variant] of graph.variants.entries()) {
        const panels: Panel[] = [];
        let below = y;
        for (const { apps, built } of [
            { apps: variant.built, built: true },
            { apps: variant.unbuilt, built: false },
        ]) {
            if (apps.length === 0) continue;
            const placed = placePanel(apps, built, panel.x + shift, below);
            panels.push(placed);
            below += placed.height + panel.gap;
        }
        const height = 2 * card.padding + 24 + variant.details.length * card.lineHeight;
        variants.push({
            variant,
            panels,
            x: left + (depths[index] ?? 0) * card.step,
            y,
            width: card.width,
            height,
        });
        y = Math.max(y + height, below - panel.gap) + between;
    }
    const bases = graph.bases.map((name, index) => ({
        name,
        x: margin,
        y: margin + index * (base.height + base.gap),
        width: base.width,
        height: base.height,
    }));
    const lowest = Math.max(y - between, ...bases.map((box) => box.y + box.height));
    return { width: panel.x + shift + panel.width + margin, height: lowest + margin, bases, variants };
}

function placePanel(apps: readonly GraphApp[], built: boolean, x: number, y: number): Panel {
    const isRoomy = apps.length <= roomy.most;
    const grid = isRoomy ? roomy : dense;
    const columns = isRoomy ? Math.min(apps.length, 2) : denseColumns(apps);
    const width = (panel.width - 2 * panel.padding - (columns - 1) * grid.gap) / columns;
    const rows = Math.ceil(apps.length / columns);
    // Down the columns, as a list of names is read.
    const place = (index: number): { column: number; row: number } =>
        isRoomy
            ? { column: index % columns, row: Math.floor(index / columns) }
            : { column: Math.floor(index / rows), row: index % rows };
    const count = counted(apps.length, "app");
    return {
        title: built ? count : `${count} not built yet`,
        built,
        roomy: isRoomy,
        x,
        y,
        width: panel.width,
        height: panel.header + rows * (grid.height + grid.gap) - grid.gap + panel.padding,
        apps: apps.map((app, index) => {
            const { column, row } = place(index);
            return {
                app,
                x: x + panel.padding + column * (width + grid.gap),
                y: y + panel.header + row * (grid.height + grid.gap),
                width,
                height: grid.height,
            };
        }),
    };
}

/** As many columns as leave room for most names; the tooltip has the others in full. */
function denseColumns(apps: readonly GraphApp[]): number {
    const lengths = apps.map(({ name }) => name.length).sort((one, other) => one - other);
    const usual = lengths[Math.floor(lengths.length * 0.85)] ?? 0;
    if (usual <= 13) return 4;
    return usual <= 22 ? 3 : 2;
}
