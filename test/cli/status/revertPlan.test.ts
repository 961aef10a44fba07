import { expect } from "chai";
import { planRevert } from "../../../cli/status/revertPlan.ts";
import {
    app,
    builtOn,
    emitted,
    facts,
    foreign,
    foundation,
    image,
    name,
    official,
    older,
    override,
} from "./facts.ts";

describe("the way back", () => {
    const removals = (more: Parameters<typeof facts>[0]) =>
        planRevert(facts(more)).removals.map(({ what }) => what);

    it("pulls the official foundation, and leaves alone what was built on it", () => {
        const plan = planRevert(facts({ images: [official, older, builtOn(official)] }));
        const pulls = [{ image: emitted.image, folder: "foundation" }];
        expect(plan).to.deep.equal({ pulls, removals: [], commands: [] });
    });

    it("pulls a foundation of another repository by its name, and knows an override of it by its label", () => {
        const pushedName = { ...override, builtFor: undefined, digests: [`${name}@sha256:mine`] };
        for (const store of ["classic", "containerd"] as const) {
            const mine = store === "classic" ? { ...override, builtFor: undefined } : pushedName;
            const foundations = [foundation({ folder: undefined, projects: [] })];
            const plan = planRevert(facts({ store, foundations, images: [mine, builtOn(mine)] }));
            expect(plan.pulls).to.deep.equal([{ image: emitted.image, folder: null }]);
            expect(plan.removals.map(({ reason }) => reason)).to.deep.equal([
                "built on an override; the next `docker compose up` builds it anew",
                "your own, which the pull leaves without a name",
            ]);
        }
    });

    it("removes an override by its id, once the pull has taken its name, and the app on it", () => {
        expect(removals({ images: [override, builtOn(override)] })).to.deep.equal([
            "app1-1a2b3c-app1",
            "override",
        ]);
    });

    it("removes an override by every other name that would shadow the registry's", () => {
        const shadowing = { ...override, tags: [...older.tags, emitted.image] };
        expect(removals({ images: [shadowing] })).to.deep.equal([`${name}:content-old`]);
    });

    it("removes an app that was built on what isn't the published one", () => {
        const { removals: planned } = planRevert(facts({ images: [foreign, builtOn(foreign)] }));
        expect(planned.map(({ what }) => what)).to.deep.equal(["app1-1a2b3c-app1"]);
        expect(planned[0]?.reason).to.match(/^built on what is not the published one;/);
    });

    it("leaves an app to the user while a container has it, and says how to rebuild it", () => {
        const built = builtOn(override);
        const containers = [
            {
                name: "app1-1",
                project: "app1-1a2b3c",
                service: "app1",
                image: "app1-1a2b3c-app1",
                running: true,
                imageId: built.id,
                tag: "local",
            },
        ];
        const plan = planRevert(facts({ images: [override, built], services: [app({ containers })] }));
        expect(plan.removals.map(({ what }) => what)).to.deep.equal(["override"]);
        expect(plan.commands).to.deep.equal(["cd apps/app1 && docker compose up --build"]);
    });

    it("removes the copy of an override that an app's build kept, but not that of the official one", () => {
        const apps = [app({ form: "service", contextImage: "app1-foundation" })];
        const copy = (base: typeof official) =>
            image("copy", base.layers, { history: base.history, tags: ["app1-foundation:latest"] });
        expect(removals({ services: apps, images: [override, copy(override)] })).to.deep.equal([
            "app1-foundation",
            "override",
        ]);
        expect(removals({ services: apps, images: [override, copy(official)] })).to.deep.equal(["override"]);
        expect(removals({ services: apps, images: [override] })).to.deep.equal(["override"]);
    });
});
