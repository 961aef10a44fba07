import { expect } from "chai";
import { checkFoundations } from "../../../cli/doctor/foundations.ts";
import type { FoundationFacts } from "../../../cli/status/facts.ts";
import { statusOf } from "../../../cli/status/model.ts";
import { app, facts, foundation, override } from "../status/facts.ts";

describe("doctor, of foundations", () => {
    it("says what is behind, in the order to build it, and that an override doesn't outlast --pull", () => {
        const java = foundation({
            name: "java",
            image: "r/java:1",
            folder: "docker/java",
            uses: ["foundation"],
        });
        const status = (foundations: readonly FoundationFacts[]) =>
            checkFoundations(statusOf(facts({ foundations, images: [override], services: [] })));
        expect(status([foundation(), java])).to.deep.equal({
            state: "warn",
            detail: "java isn't built on your own foundation yet",
            remedy: "in this order: `cd docker/java && docker compose build`",
        });
        expect(status([foundation()])).to.deep.equal({
            state: "warn",
            detail: "your own foundation is in use, which a build with --pull passes over",
            remedy: "build without --pull, or go back to the official one with `foundation revert`",
        });
        const pulling = facts({ images: [override], services: [app({ pulled: true })] });
        expect(checkFoundations(statusOf(pulling))).to.deep.include({
            remedy: "remove it while you try yours; and 1 more, see `foundation status`",
        });
        expect(
            checkFoundations(statusOf(facts({ services: [app({ problem: "no .env; get it" })] }))).state,
        ).to.equal("fail");
        expect(checkFoundations(statusOf(facts())).state).to.equal("ok");
    });
});
