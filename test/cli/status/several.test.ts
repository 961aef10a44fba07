import { expect } from "chai";
import { graphOf } from "../../../cli/graph/model.ts";
import { mermaid } from "../../../cli/graph/mermaid.ts";
import { page } from "../../../cli/graph/page.ts";
import { planRevert } from "../../../cli/status/revertPlan.ts";
import { statusOf } from "../../../cli/status/model.ts";
import { statusText } from "../../../cli/status/text.ts";
import { plain, width } from "../../../cli/terminal.ts";
import type { Facts } from "../../../cli/status/facts.ts";
import type { LocalImage } from "../../../components/docker/images.ts";
import { app, facts, foundation, image } from "./facts.ts";

const registry = "acme.azurecr.io";

/** foundation → java → spark, of which services are built on java and spark. */
const base = foundation({ image: `${registry}/foundation:content-f`, digest: "sha256:f" });
const java = foundation({
    name: "java",
    image: `${registry}/base/java:content-j`,
    digest: "sha256:j",
    folder: "docker/java",
    uses: ["foundation"],
    projects: ["java-1a2b3c", "java"],
});
const spark = foundation({
    name: "spark",
    image: `${registry}/base/spark:content-s`,
    digest: "sha256:s",
    folder: "docker/spark",
    uses: ["java"],
    projects: ["spark-1a2b3c", "spark"],
});

type One = typeof base;

function published(one: One, layers: readonly string[]): LocalImage {
    const [name = "", tag = ""] = one.image.split(/:(?=[^:]*$)/);
    return image(`${one.name} official`, layers, {
        tags: [one.image],
        digests: [`${name}@${one.digest}`],
        tag,
        history: [],
    });
}

function own(one: One, on: LocalImage, createdAt: string, more: Partial<LocalImage> = {}): LocalImage {
    return image(`${one.name} own ${createdAt}`, [...on.layers, `${one.name} ${createdAt}`], {
        tags: [one.image],
        builtFor: { project: one.projects[0] ?? "", service: one.name },
        tag: "local",
        history: [...on.history, `RUN ${one.name} ${createdAt}`],
        createdAt,
        ...more,
    });
}

const officialBase = published(base, ["debian", "base"]);
const officialJava = published(java, ["debian", "base", "java"]);
const officialSpark = published(spark, ["debian", "base", "java", "spark"]);

function service(folder: string, name: string, uses: readonly One[]) {
    return app({
        folder,
        service: name,
        project: folder,
        formerProject: folder,
        image: `${folder}-${name}`,
        uses: new Map(uses.map((one) => [one.name, { reference: one.image }])),
    });
}

function builtOn(on: LocalImage, name: string): LocalImage {
    return image(`${name} image`, [...on.layers, name], {
        tags: [`${name}:latest`],
        tag: on.tag,
        history: on.history,
        createdAt: "2026-03-01",
    });
}

function statusWith(images: readonly LocalImage[], more: Partial<Facts> = {}) {
    return statusOf(facts({ foundations: [base, java, spark], images, services: [], ...more }));
}

const behind = (images: readonly LocalImage[]) =>
    statusWith(images).images.flatMap(({ name, behind: parents }) =>
        parents.map((parent) => `${name} behind ${parent}`),
    );

describe("status, of a chain of foundations", () => {
    const ownBase = own(base, image("debian", ["debian"], { history: [] }), "2026-01-02");
    const ownJava = own(java, ownBase, "2026-01-03");

    it("has nothing behind while all are official, or not here", () => {
        expect(behind([officialBase, officialJava, officialSpark])).to.deep.equal([]);
        expect(behind([])).to.deep.equal([]);
    });

    it("has each link behind that wasn't built on an override above it", () => {
        expect(behind([ownBase])).to.deep.equal(["java behind foundation", "spark behind java"]);
        expect(behind([ownBase, officialJava])).to.deep.equal([
            "java behind foundation",
            "spark behind java",
        ]);
        expect(behind([ownBase, ownJava])).to.deep.equal(["spark behind java"]);
        expect(behind([ownBase, ownJava, own(spark, ownJava, "2026-01-04")])).to.deep.equal([]);
    });

    it("has a link behind that was built on the override before, or on the official one", () => {
        const newer = own(base, image("debian", ["debian"], { history: [] }), "2026-01-05");
        const former = { ...ownBase, tags: [] };
        expect(behind([newer, former, ownJava])).to.include("java behind foundation");
        const onOfficial = own(java, officialBase, "2026-01-06");
        expect(behind([newer, { ...officialBase, tags: [] }, onOfficial])).to.include(
            "java behind foundation",
        );
    });

    it("goes by time where a link only copies from the one above it", () => {
        const elsewhere = image("jre", ["jre"], { history: [] });
        expect(behind([ownBase, own(java, elsewhere, "2026-01-03")])).to.deep.equal(["spark behind java"]);
        expect(behind([ownBase, own(java, elsewhere, "2026-01-01")])).to.include("java behind foundation");
    });

    it("takes the helper of a link's own build for no foundation", () => {
        const helper = own(java, ownBase, "2026-01-03", {
            tags: ["java-1a2b3c-foundation-java:latest"],
            builtFor: { project: "java-1a2b3c", service: "foundation-java" },
        });
        expect(statusWith([helper]).images[1]?.local.state).to.equal("absent");
    });

    it("says what each service was built on, and only what it uses counts", () => {
        const services = [service("a", "web", [java]), service("b", "job", [spark]), service("c", "db", [])];
        const images = [
            officialBase,
            officialJava,
            builtOn(officialJava, "a-web"),
            builtOn(ownJava, "b-job"),
            image("db", ["x"], { tags: ["c-db:latest"] }),
        ];
        const status = statusWith(images, { services });
        expect(
            status.services.map(({ built, next, upToDate }) => [
                built?.base.foundation,
                built?.base.state,
                next,
                upToDate,
            ]),
        ).to.deep.equal([
            ["java", "official", "official", true],
            ["spark", "override", "official", false],
            [undefined, undefined, null, true],
        ]);
        expect(status.official).to.equal(false);
        expect(
            statusWith(images.slice(0, 3), { services: [services[0], services[2]].flatMap((s) => s ?? []) })
                .official,
        ).to.equal(true);
    });

    it("builds a service again that copies from an override which is newer", () => {
        const services = [service("a", "web", [base, java])];
        const newer = own(base, image("debian", ["debian"], { history: [] }), "2026-04-01");
        const images = [officialJava, builtOn(officialJava, "a-web")];
        expect(statusWith(images, { services }).services[0]?.upToDate).to.equal(true);
        expect(statusWith([ownBase, ...images], { services }).services[0]).to.include({
            upToDate: true,
            next: "override",
        });
        expect(statusWith([newer, ...images], { services }).services[0]?.command).to.equal(
            "cd a && docker compose up --build",
        );
    });

    it("goes back by pulling those that are here, each in its folder", () => {
        const images = [ownBase, own(spark, ownJava, "2026-01-04")];
        const plan = planRevert(facts({ foundations: [base, java, spark], images, services: [] }));
        expect(plan.pulls.map(({ folder }) => folder)).to.deep.equal(["foundation", "docker/spark"]);
        expect(plan.removals.map(({ what }) => what)).to.deep.equal(images.map(({ id }) => id));
    });

    describe("of three foundations and twenty services", () => {
        const names = ["one", "two", "three", "four"];
        const services = [
            ...Array.from({ length: 4 }, (_, index) =>
                names.map((name) => service(`services/reporting-and-analytics-${index}`, name, [java])),
            ).flat(),
            service("shop", "web", [spark]),
            service("shop", "job", [java]),
            service("shop", "database", []),
            service(".", "tool", [base]),
        ];
        const images = [
            ownBase,
            officialJava,
            ...services.slice(0, 6).map(({ image: name }) => builtOn(officialJava, name)),
        ];
        const status = statusWith(images, { services });
        const now = new Date("2026-01-02T02:00:00Z");

        it("is one screen, and fits 80 columns", () => {
            const lines = statusText(status, { paint: plain, columns: 80, now, here: (line) => line });
            expect(lines.length).to.be.at.most(24);
            for (const line of lines) expect(width(line), line).to.be.at.most(80);
            const text = lines.join("\n");
            expect(text).to.match(/^Foundations of stack dev\n/);
            expect(text).to.match(/^ +foundation +your own, 2 hours ago +not asked +none$/m);
            expect(text).to.include("! java is behind: cd docker/java && docker compose build");
            expect(text).to.match(/\(4 services\) +java, official +official +nothing to do$/m);
            expect(text).to.match(/^shop \(2 services\) +not built/m);
            expect(text).to.match(/^tool +not built +override/m);
            expect(text).to.match(/^not on a foundation: shop: database$/m);
        });

        it("counts the services of the root as those of a folder", () => {
            const atRoot = ["web", "job", "admin"].map((name) => service(".", name, [java]));
            const lines = statusText(statusWith([], { services: atRoot }), {
                paint: plain,
                columns: 80,
                now,
                here: (line) => line,
            });
            expect(lines.join("\n")).to.match(/^the root \(3 services\) +not built/m);
        });

        it("draws what builds on several on the one of them that is the developer's own", () => {
            const both = service("a", "web", [base, spark]);
            const graph = graphOf(
                statusWith([ownBase], { services: [both] }),
                () => [],
                () => "today",
            );
            const on = graph.variants.filter(({ unbuilt }) => unbuilt.length > 0).map(({ title }) => title);
            expect(on).to.deep.equal(["foundation: your own"]);
        });

        it("is drawn from the base to the services, along the chain", () => {
            const graph = graphOf(
                status,
                (name) => (name === "foundation" ? ["debian:12"] : []),
                () => "today",
            );
            expect(graph.variants.map(({ title }) => title)).to.deep.equal([
                "foundation: official",
                "foundation: your own",
                "java: official",
                "spark: official",
            ]);
            const edges = mermaid(graph).match(/\b(?:base\d|f\d) --> f\d$/gm);
            expect(edges).to.deep.equal(["base0 --> f0", "base0 --> f1", "f0 --> f2", "f2 --> f3"]);
            expect(mermaid(graph)).to.include('others["Not on a foundation<br/>shop: database"]');
            expect(page(graph)).to.include("java: official").and.include("shop: database");
        });

        it("draws an override on the override that it was built on", () => {
            const late = statusWith([ownBase, ownJava]);
            const graph = graphOf(
                late,
                () => [],
                () => "today",
            );
            const parents = Object.fromEntries(
                graph.variants.map(({ title, parents: above }) => [
                    title,
                    above.map((index) => graph.variants[index]?.title),
                ]),
            );
            expect(parents).to.deep.include({
                "java: official": ["foundation: official"],
                "java: your own": ["foundation: your own"],
            });
        });
    });
});
