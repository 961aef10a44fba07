import { expect } from "chai";
import type { Base } from "../../../cli/status/bases.ts";
import type { FoundationStatus, ServiceStatus, Status } from "../../../cli/status/model.ts";
import { statusText } from "../../../cli/status/text.ts";
import { plain, width } from "../../../cli/terminal.ts";
import { serviceStatus, statusWith } from "../../support/status.ts";

const now = new Date("2026-01-02T12:00:00Z");
const official: Base = {
    state: "official",
    foundation: "foundation",
    evidence: "layers",
    tag: "content-0123456789ab",
    createdAt: null,
    id: null,
};
const override: Base = { ...official, state: "override", createdAt: "2026-01-02T10:00:00Z" };
const older: Base = { ...official, state: "older", tag: "content-ba9876543210" };

function app(name: string, more: Partial<ServiceStatus> = {}): ServiceStatus {
    return serviceStatus(name, { built: { createdAt: "2026-01-01T00:00:00Z", base: official }, ...more });
}

function status(apps: readonly ServiceStatus[], more: Partial<FoundationStatus> = {}): Status {
    return statusWith(apps, {
        image: "acme.azurecr.io/platform/foundation:content-0123456789ab",
        local: {
            state: "override",
            tag: "content-0123456789ab",
            createdAt: "2026-01-02T10:00:00Z",
            id: "sha256:mine",
        },
        changes: {
            state: "changed",
            tag: "content-80ce36b0a2b5",
            files: ["Dockerfile", "files/foundation-release"],
        },
        registry: { state: "newer", detail: "latest is sha256:feed" },
        ...more,
    });
}

function lines(apps: readonly ServiceStatus[], more: Partial<FoundationStatus> = {}): string[] {
    return statusText(status(apps, more), { paint: plain, columns: 80, now, here: (line) => line });
}

const rebuild = {
    upToDate: false,
    next: "override",
    command: "cd apps/x && docker compose up --build",
} as const;

describe("status text", () => {
    it("says all there is to know of the foundation and of two apps", () => {
        const two = [
            app("billing", {
                ...rebuild,
                containers: [
                    {
                        name: "billing-1",
                        project: "billing",
                        service: "app",
                        running: true,
                        current: false,
                        base: official,
                    },
                ],
            }),
            app("checkout", {
                built: { createdAt: "2026-01-01T00:00:00Z", base: override },
                next: "override",
            }),
        ];
        expect(lines(two)).to.deep.equal([
            "Foundation",
            "  image     acme.azurecr.io/platform/foundation:content-0123456789ab",
            "  stack     prod",
            "  here      your own, built 2 hours ago",
            "            back to the official one: cd foundation && docker compose pull",
            "  registry  has a newer one; get it with git pull",
            "            latest is sha256:feed",
            "  changes   not published yet",
            "            Dockerfile, files/foundation-release",
            "",
            "App       built on               next build  to bring it up to date",
            "billing   official               override    docker compose up --build",
            "checkout  override, 2 hours ago  override    nothing to do",
            "",
            "! billing-1 still runs an older build (official)",
        ]);
    });

    it("stays within 80 columns with long names and the longest states", () => {
        const apps = [
            app("reporting-and-analytics-exporter-006", {
                ...rebuild,
                built: { createdAt: "", base: older },
            }),
            app("b", {
                ...rebuild,
                built: { createdAt: "", base: { ...override, createdAt: "2025-01-01T00:00:00Z" } },
            }),
        ];
        for (const line of lines(apps)) expect(width(line), line).to.be.at.most(80);
    });

    it("stays one screen with 200 apps, and counts them all", () => {
        const apps = Array.from({ length: 200 }, (_, index) =>
            app(
                `service-${String(index).padStart(3, "0")}`,
                index % 20 === 0 ? { ...rebuild, next: "official" } : {},
            ),
        );
        const text = lines(apps);
        expect(text.length).to.be.at.most(24);
        expect(text.join("\n")).to.match(/^10 apps .*--build$/m);
        expect(text.join("\n")).to.match(/^190 apps .*nothing to do$/m);
        expect(text.join("\n")).to.match(/ … \(--json names them all\)$/m);
        for (const line of text) expect(width(line), line).to.be.at.most(80);
    });

    for (const [state, words] of [
        ["official", "the official one"],
        ["absent", "not pulled; apps are built on the registry's"],
        ["older", "an older official one (content-old)"],
        ["moved", "get the published one: cd foundation && docker compose pull"],
        ["superseded", "your own of an older foundation (content-old)"],
    ] as const) {
        it(`has words for a foundation that is ${state}`, () => {
            const local = { state, tag: "content-old", createdAt: "2026-01-02T10:00:00Z", id: null };
            const text = lines([], { local }).join("\n");
            expect(text).to.include(words);
            // Each official one says the same time.
            if (state === "older") expect(text).not.to.include("ago");
        });
    }

    for (const [state, words] of [
        ["current", "has nothing newer"],
        ["moved", "has another image under this tag now"],
        ["missing", "does not have this image; publish it again: `pulumi config"],
        ["no-login", "foundation login"],
        ["silent", "not asked: it is down"],
    ] as const) {
        it(`has words for a registry that is ${state}`, () => {
            expect(lines([], { registry: { state, detail: "it is down" } }).join("\n")).to.include(words);
        });
    }

    for (const [state, words] of [
        ["moved", "under a new tag: `pulumi config set rebuild <a new text>`"],
        ["no-login", "see what the registry has: `foundation verify`"],
    ] as const) {
        it(`sends nobody to pull what isn't the published one from a registry that is ${state}`, () => {
            const local = {
                state: "moved",
                tag: "content-new",
                createdAt: "2026-01-02T10:00:00Z",
                id: null,
            } as const;
            const text = statusText(status([], { local, registry: { state, detail: null } }), {
                paint: plain,
                columns: 200,
                now,
                here: (line) => line,
            }).join("\n");
            expect(text).to.include(words).and.not.include("docker compose pull");
        });
    }

    it("goes back to a foundation of another repository by its name, which has no folder here", () => {
        const text = lines([], { folder: null }).join("\n").replaceAll(/\s+/g, " ");
        expect(text).to.include(
            "back to the official one: docker pull acme.azurecr.io/platform/foundation:content-0123456789ab",
        );
    });

    it("has no command for an app that would be built on another image", () => {
        const [, , , , , , , , , , , row] = lines([app("app1", { next: "moved", upToDate: false })]);
        expect(row).to.match(/^app1 +official +moved +waits for the foundation$/);
    });

    it("says why an app can't be built", () => {
        const problem = "apps/app1/Dockerfile: not found:\n  line 1: FROM debian";
        const text = lines([app("app1", { problem, upToDate: false })]);
        expect(text[11]).to.match(/^app1 .*can't be built, see below$/);
        expect(text).to.include("! apps/app1/Dockerfile: not found: line 1: FROM debian");
    });

    it("shows the first of many changed files, and counts the others", () => {
        const files = Array.from({ length: 9 }, (_, index) => `files/${index}`);
        const changes = { state: "changed", tag: "content-1", files } as const;
        expect(lines([], { changes }).join("\n")).to.include("files/4 and 4 more");
    });
});
