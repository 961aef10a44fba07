import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { execa } from "execa";
import { graphOf } from "../../cli/graph/model.ts";
import { page } from "../../cli/graph/page.ts";
import type { Base, BaseState } from "../../cli/status/bases.ts";
import { findChromium } from "../../toolchain/parts/chromium.ts";
import { temporaryFolders } from "../support/folder.ts";
import { serviceStatus, statusWith } from "../support/status.ts";

/** What a browser makes of the page, as it reports it itself. */
interface Measured {
    readonly texts: number;
    /** Texts that are wider than the box around them. */
    readonly overflowing: readonly string[];
    /** The least contrast of a text with what is behind it, as WCAG counts it. */
    readonly contrast: number;
    readonly background: string;
    /** The smallest text, in pixels of the screen. */
    readonly smallest: number;
    readonly scrolls: boolean;
    readonly requests: readonly string[];
}

/** Runs in the page. */
const measure = `
const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
const luminance = (colour) => channels(colour).slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}).reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
};
const page = getComputedStyle(document.body).backgroundColor;
const svg = document.querySelector("svg");
const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
const texts = [...svg.querySelectorAll("text")];
const overflowing = [];
let least = 21;
for (const text of texts) {
    const box = text.parentElement.querySelector("rect");
    const fill = getComputedStyle(box).fill;
    const [inner, outer] = [text.getBBox(), box.getBBox()];
    if (inner.x + inner.width > outer.x + outer.width || inner.y + inner.height > outer.y + outer.height) {
        overflowing.push(text.textContent);
    }
    least = Math.min(least, contrast(getComputedStyle(text).fill, fill === "none" ? page : fill));
}
for (const text of document.querySelectorAll("h1, p, li, code")) {
    least = Math.min(least, contrast(getComputedStyle(text).color, page));
}
const sizes = texts.map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
const result = document.createElement("pre");
result.id = "measured";
result.textContent = JSON.stringify({
    texts: texts.length,
    overflowing,
    contrast: least,
    background: page,
    smallest: Math.min(...sizes),
    scrolls: document.documentElement.scrollWidth > innerWidth,
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
});
document.body.append(result);
`;

describe("the graph's page, in Chromium", function () {
    this.timeout(120_000);
    const folder = temporaryFolders();
    const chromium = findChromium();

    before(function () {
        if (chromium === undefined) this.skip();
    });

    function html(count: number): string {
        const states: readonly (BaseState | null)[] = [
            "official",
            "official",
            "override",
            "older",
            null,
            "unknown",
        ];
        const apps = Array.from({ length: count }, (_, index) => {
            const state = states[index % states.length] ?? null;
            const name =
                index % 7 === 3 ? `reporting-and-analytics-exporter-${index}` : `WWW-service-${index}`;
            const base: Base = {
                foundation: "foundation",
                state: state ?? "unknown",
                evidence: null,
                tag: state === "older" ? "content-ba9876543210" : "content-0123456789ab",
                createdAt: state === "override" ? "2026-01-01" : null,
                id: state === "override" ? "sha256:mine" : null,
            };
            const running = index % 4 === 0;
            return serviceStatus(name, {
                built: state === null ? null : { createdAt: "", base },
                next: "override",
                upToDate: state === "override",
                command: state === "override" ? null : `cd apps/${name} && docker compose up --build`,
                containers: running
                    ? [{ name, project: name, service: name, running, current: index % 8 === 0, base }]
                    : [],
            });
        });
        const status = statusWith(apps, {
            image: `${"w".repeat(63)}.azurecr.io/platform/foundation:content-0123456789ab`,
            local: {
                state: "override",
                tag: "content-0123456789ab",
                createdAt: "2026-01-01",
                id: "sha256:mine",
            },
        });
        return page(
            graphOf(
                status,
                () => ["debian:bookworm-slim", "node:22@sha256:0123"],
                () => "364 days ago",
            ),
        );
    }

    async function browse(text: string, scheme: "dark" | "light", width: number): Promise<Measured> {
        const home = folder();
        const file = path.join(home, "page.html");
        // The page itself allows no script.
        const open = text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
        fs.writeFileSync(file, open.replace("</body>", `<script>${measure}</script></body>`));
        const { stdout } = await execa(chromium ?? "", [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            `--user-data-dir=${path.join(home, "profile")}`,
            `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
            `--window-size=${width},900`,
            "--dump-dom",
            pathToFileURL(file).href,
        ]);
        const found = /<pre id="measured">(.*?)<\/pre>/s.exec(stdout)?.[1] ?? "{}";
        return JSON.parse(
            found.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
        ) as Measured;
    }

    for (const count of [2, 200]) {
        for (const scheme of ["light", "dark"] as const) {
            it(`is readable with ${count} apps, ${scheme}`, async () => {
                const measured = await browse(html(count), scheme, 1440);
                expect(measured.texts).to.be.greaterThan(count);
                expect(measured.overflowing).to.deep.equal([]);
                expect(measured.contrast).to.be.at.least(4.5);
                expect(measured.smallest).to.be.at.least(12);
                expect(measured.scrolls).to.equal(false);
                expect(measured.requests).to.deep.equal([]);
                expect(measured.background).to.equal(
                    scheme === "dark" ? "rgb(18, 21, 27)" : "rgb(246, 247, 249)",
                );
            });
        }
    }

    it("doesn't make a narrow page scroll sideways, only the drawing", async () => {
        const { scrolls, overflowing } = await browse(html(9), "light", 600);
        expect(scrolls).to.equal(false);
        expect(overflowing).to.deep.equal([]);
    });
});
