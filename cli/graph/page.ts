import { counted } from "../terminal.ts";
import { layOut } from "./layout.ts";
import type { Graph } from "./model.ts";
import { escaped, svg } from "./svg.ts";

const style = `
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dde1e7; --ink: #1b2230; --soft: #616b7a; --edge: #c6ccd5;
  --official: #146c43; --official-tint: #e6f5ec; --override: #8f5400; --override-tint: #fdf1dc;
  --older: #6250c8; --older-tint: #edeafb; --unknown: #c0392b; --unknown-tint: #fbe8e6; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12151b; --card: #1b2029; --line: #303845; --ink: #e8ebf0; --soft: #9aa4b2; --edge: #414b5a;
  --official: #4cc38a; --official-tint: #16281f; --override: #f0a93b; --override-tint: #2c2312;
  --older: #a294f5; --older-tint: #221f38; --unknown: #f0796b; --unknown-tint: #331c1a; } }
*, ::before { box-sizing: border-box; }
body { margin: 0; padding: 32px clamp(12px, 3vw, 48px) 48px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: max(1344px, var(--natural)); margin: 0 auto; }
h1 { margin: 0 0 4px; font-size: 26px; letter-spacing: -0.01em; }
p { margin: 0 0 12px; color: var(--soft); overflow-wrap: anywhere; }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; color: var(--ink); }
ul { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 0 0 20px; padding: 0; list-style: none; color: var(--soft); }
li::before { content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 8px; border-radius: 3px;
  background: var(--state); }
li.running::before { border-radius: 50%; }
li.waiting::before { border-radius: 50%; background: none; border: 2px solid var(--override); }
li.dashed::before { width: 22px; height: 0; border-top: 3px dashed var(--soft); border-radius: 0; background: none;
  vertical-align: middle; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: calc(var(--natural) * 0.67); height: auto; }
.official { --state: var(--official); --tint: var(--official-tint); }
.override { --state: var(--override); --tint: var(--override-tint); }
.older { --state: var(--older); --tint: var(--older-tint); }
.moved, .unknown { --state: var(--unknown); --tint: var(--unknown-tint); }
.running { --state: var(--official); }
text { fill: var(--ink); }
.card > rect { fill: var(--card); stroke: var(--line); }
.card > rect.stripe { fill: var(--state); stroke: none; }
.panel > rect { fill: var(--tint); stroke: color-mix(in srgb, var(--state) 35%, transparent); }
.panel.unbuilt > rect { fill: none; stroke-dasharray: 6 5; }
.app > rect { fill: var(--card); stroke: var(--line); }
.edge { fill: none; stroke: var(--state, var(--edge)); stroke-opacity: 0.55; stroke-linecap: round; }
.edge.faint { stroke: var(--edge); stroke-opacity: 1; }
.edge.unbuilt { stroke-dasharray: 3 9; }
.title { font-size: 19px; font-weight: 650; }
.heading { font-size: 13.5px; font-weight: 600; fill: var(--state); }
.panel.unbuilt .heading { fill: var(--soft); }
.name { font-size: 15px; font-weight: 600; }
.dense { font-size: 13px; }
.small { font-size: 12.5px; fill: var(--soft); }
circle.running { fill: var(--official); }
circle.waiting { fill: none; stroke: var(--override); stroke-width: 2; }
@media print { body { padding: 0; } }
`;

const names = {
    official: "official",
    override: "your own",
    older: "older official",
    moved: "not the published one",
    unknown: "unknown",
};

/** The graph as one HTML page that needs nothing else: no network, no script. */
export function page(graph: Graph): string {
    const apps = graph.variants.flatMap(({ built, unbuilt }) => [...built, ...unbuilt]);
    const states = [...new Set(graph.variants.map(({ state }) => state))];
    const legend = [
        ...states.map((state) => `<li class="${state}">${names[state]}</li>`),
        ...(apps.some(({ running }) => running) ? ['<li class="running">running</li>'] : []),
        ...(apps.some(({ note }) => note !== "")
            ? ['<li class="waiting">to be brought up to date</li>']
            : []),
        ...(graph.variants.some(({ unbuilt }) => unbuilt.length > 0)
            ? ['<li class="dashed">next build</li>']
            : []),
    ];
    const others =
        graph.others.length === 0 ? "" : ` Not on a foundation: ${escaped(graph.others.join(", "))}.`;
    const count = counted(apps.length, "app");
    const title = `${graph.images.length > 1 ? `The ${graph.images.length} foundations` : "The foundation"} of ${count}`;
    const layout = layOut(graph);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main style="--natural: ${layout.width}px">
<h1>${title}</h1>
<p>${graph.images.map((image) => `<code>${escaped(image)}</code>`).join(", ")} of stack ${escaped(graph.stack)}. Each app hangs on the foundation that it was built on.${others}</p>
<ul>${legend.join("")}</ul>
<div class="scroll">
${svg(layout, `${count} and the foundations they were built on`)}
</div>
</main>
</body>
</html>
`;
}
