import { expect } from "chai";
import { layOut, type Box } from "../../../cli/graph/layout.ts";
import { mermaid } from "../../../cli/graph/mermaid.ts";
import { graphOf, type Graph } from "../../../cli/graph/model.ts";
import { page } from "../../../cli/graph/page.ts";
import type { Base } from "../../../cli/status/bases.ts";
import type { LocalFoundation, ServiceStatus, RegistryStatus } from "../../../cli/status/model.ts";
import { serviceStatus, statusWith } from "../../support/status.ts";

const official: Base = {
    state: "official",
    foundation: "foundation",
    evidence: "layers",
    tag: "content-new",
    createdAt: null,
    id: null,
};
const override: Base = {
    state: "override",
    foundation: "foundation",
    evidence: "layers",
    tag: "content-new",
    createdAt: "2026-01-02",
    id: "sha256:mine",
};

function app(name: string, base: Base | null, more: Partial<ServiceStatus> = {}): ServiceStatus {
    return serviceStatus(name, { built: base === null ? null : { createdAt: "", base }, ...more });
}

function graph(
    apps: readonly ServiceStatus[],
    local: Partial<LocalFoundation> = {},
    registry: RegistryStatus["state"] = "current",
): Graph {
    const status = statusWith(apps, {
        image: "acme.azurecr.io/foundation:content-new",
        local: { state: "official", tag: "content-new", createdAt: null, id: null, ...local },
        registry: { state: registry, detail: null },
    });
    return graphOf(
        status,
        () => ["debian:bookworm-slim"],
        (moment) => `on ${moment}`,
    );
}

describe("graph", () => {
    it("hangs each app on the foundation that it was built on", () => {
        const { variants } = graph(
            [app("one", official), app("two", override), app("three", null, { next: "override" })],
            { state: "override", id: "sha256:mine" },
        );
        expect(
            variants.map(({ title, built, unbuilt }) => [
                title,
                ...[built, unbuilt].map((apps) => apps.map(({ name }) => name)),
            ]),
        ).to.deep.equal([
            ["Official", ["one"], []],
            ["Your own", ["two"], ["three"]],
        ]);
    });

    it("tells an override that is no longer in use from the one that is", () => {
        // As old as what BuildKit had in its cache.
        const former = { ...override, id: "sha256:before" };
        const drawn = graph([app("one", former), app("two", override)], {
            ...override,
            state: "override",
        });
        expect(drawn.variants.map(({ title, details }) => [title, details[1]])).to.deep.equal([
            ["Official", `sha256:0123456789ab`],
            ["Your own", "sha256:mine"],
            ["Your own, before", "sha256:before"],
        ]);
        const edges = mermaid(drawn).match(/base0 --> \S+/g);
        expect(edges).to.deep.equal(["base0 --> f0", "base0 --> f1"]);
        expect(page(drawn).match(/class="edge faint"/g)).to.have.length(2);
    });

    for (const [local, registry, where] of [
        ["official", "current", ["is here"]],
        ["official", "missing", ["is here", "gone from the registry"]],
        ["absent", "current", ["in the registry"]],
        ["absent", "newer", ["the registry has a newer one"]],
        ["absent", "moved", ["the registry has another image"]],
        ["absent", "missing", ["gone from the registry"]],
        ["absent", "no-login", ["the registry wasn't asked"]],
        ["absent", "silent", ["the registry wasn't asked"]],
    ] as const) {
        it(`says where the official one is: ${local}, and the registry is ${registry}`, () => {
            const [variant] = graph([], { state: local }, registry).variants;
            expect(variant?.details.slice(2)).to.deep.equal(where);
        });
    }

    it("says of an app what it needs", () => {
        const containers = [
            { name: "c", project: "one", service: "app", running: true, current: false, base: official },
        ];
        const command = "cd apps/one && docker compose up --build";
        const [variant] = graph([app("one", official, { command, containers, upToDate: false })]).variants;
        expect(variant?.built).to.deep.equal([
            { name: "one", note: "docker compose up --build · 1 container on an older build", running: true },
        ]);
    });

    it("hangs an older official one on the base as well, dashed, for its Dockerfile was a former one", () => {
        const older: Base = { ...official, state: "older", tag: "content-old" };
        const drawn = graph([app("one", older)]);
        expect(mermaid(drawn).match(/base0 -\S+ \S+/g)).to.deep.equal(["base0 --> f0", "base0 -.-> f1"]);
        expect(page(drawn).match(/class="edge faint( unbuilt)?"/g)).to.deep.equal([
            'class="edge faint"',
            'class="edge faint unbuilt"',
        ]);
    });

    it("is this Mermaid text", () => {
        const text = mermaid(graph([app('o"n<e', official), app("two", null)]));
        expect(text.split("\n").slice(0, 8)).to.deep.equal([
            "flowchart LR",
            '    base0["debian:bookworm-slim"]:::base',
            '    f0["Official<br/>content-new<br/>sha256:0123456789ab<br/>is here"]:::official',
            '    f0a0["o#34;n#60;e"]:::official',
            "    f0 --> f0a0",
            '    f0a1["two"]:::official',
            "    f0 -.-> f0a1",
            "    base0 --> f0",
        ]);
    });

    for (const count of [0, 1, 2, 13, 200]) {
        it(`places ${count} apps without overlaps, within the drawing`, () => {
            const apps = Array.from({ length: count }, (_, index) =>
                app(`app-${index}`, index % 3 === 0 ? override : official),
            );
            const { width, height, variants, bases } = layOut(graph(apps));
            const panels = variants.flatMap((variant) => variant.panels);
            const leaves: readonly Box[] = panels.flatMap((panel) => panel.apps);
            expect(leaves).to.have.length(count);
            for (const boxes of [leaves, panels, variants, bases, [...variants, ...panels, ...bases]]) {
                boxes.forEach((box, index) => {
                    expect(boxes.slice(index + 1).filter((other) => overlap(box, other))).to.deep.equal([]);
                    expect(
                        box.x >= 0 &&
                            box.y >= 0 &&
                            box.x + box.width <= width &&
                            box.y + box.height <= height,
                    ).to.equal(true);
                });
            }
        });
    }

    it("has no column for bases where there are none", () => {
        const withBase = graph([app("one", official)]);
        const [found, without] = [withBase, { ...withBase, bases: [] }].map((drawn) => layOut(drawn));
        expect(found?.bases[0]?.x).to.equal(without?.variants[0]?.x);
        expect(without?.width).to.be.below(found?.width ?? 0);
    });

    it("says on its page of how many foundations and apps it is", () => {
        const one = graph([app("one", official), app("two", official)]);
        expect(page(one)).to.include("<h1>The foundation of 2 apps</h1>");
        const several = { ...one, images: [...one.images, "acme.azurecr.io/java:1"] };
        expect(page(several)).to.include("<h1>The 2 foundations of 2 apps</h1>");
    });

    it("says on its page which bases are pinned by a digest", () => {
        const bases = ["debian:12", `debian@sha256:${"0".repeat(64)}`, `debian@sha512:${"0".repeat(128)}`];
        expect(page({ ...graph([]), bases }).match(/base, (by tag|pinned by digest)/g)).to.deep.equal([
            "base, by tag",
            "base, pinned by digest",
            "base, pinned by digest",
        ]);
    });

    it("is a page that asks nothing of the network, and runs nothing", () => {
        const html = page(graph([app("one", official)]));
        expect(html).to.include("default-src 'none'");
        expect(html).to.not.match(/<script|<link|<img|@import|url\(/);
        expect(html.match(/https?:\/\/[^"]+/g)).to.deep.equal(["http://www.w3.org/2000/svg"]);
    });

    it("is a page that shows names as they are, whatever is in them", () => {
        const html = page(graph([app("<b>&\"'", official)]));
        expect(html).to.include("&#60;b&#62;&#38;&#34;&#39;").and.not.include("<b>");
    });

    it("keeps the ends of long names, by which they differ, and has all of them in the tooltip", () => {
        const names = Array.from(
            { length: 30 },
            (_, index) => `reporting-and-analytics-exporter-of-the-month-${index + 100}`,
        );
        const html = page(graph(names.map((name) => app(name, official))));
        for (const name of names) {
            expect(html)
                .to.include(`<title>${name}</title>`)
                .and.match(new RegExp(`…\\S*${name.slice(-3)}</text>`));
        }
    });
});

function overlap(one: Box, other: Box): boolean {
    return (
        one.x < other.x + other.width &&
        other.x < one.x + one.width &&
        one.y < other.y + other.height &&
        other.y < one.y + one.height
    );
}
