import { expect } from "chai";
import { builtAt } from "../../../components/docker/images.ts";

describe("when an image was built", () => {
    const created = "2026-01-01T00:00:00.1Z";
    const labels = { "com.docker.compose.project": "foundation" };

    it("is when Compose named it, since a cached build keeps the time of the first", () => {
        expect(builtAt(created, "2026-01-02T00:00:00Z", labels)).to.equal("2026-01-02T00:00:00Z");
    });

    it("is when it was created, for one that was pulled or never named", () => {
        expect(builtAt(created, "2026-01-02T00:00:00Z", {})).to.equal(created);
        expect(builtAt(created, "0001-01-01T00:00:00Z", labels)).to.equal(created);
        expect(builtAt(created, undefined, labels)).to.equal(created);
    });
});
