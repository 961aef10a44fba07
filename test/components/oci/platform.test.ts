import { expect } from "chai";
import { platformFor, platformName } from "../../../components/oci/platform.ts";

describe("a platform", () => {
    it("has its variant in its name, but for the one that every 64-bit ARM has", () => {
        const os = "linux";
        expect(platformName({ os, architecture: "arm", variant: "v7" })).to.equal("linux/arm/v7");
        expect(platformName({ os, architecture: "arm64", variant: "v8" })).to.equal("linux/arm64");
        expect(platformName({ os, architecture: "arm64", variant: "v9" })).to.equal("linux/arm64/v9");
        expect(platformName({ os, architecture: "arm", variant: "v8" })).to.equal("linux/arm/v8");
        expect(platformName({ os: null, architecture: "amd64" })).to.equal("unknown/amd64");
        expect(platformName({ os, architecture: "amd64", variant: "" })).to.equal("linux/amd64");
        expect(platformName({ os, architecture: null })).to.equal("linux/unknown");
    });

    it("fits an engine in whichever variant, first of all in none", () => {
        expect(
            platformFor("linux/arm", ["linux/arm64", "linux/arm/v7", "linux/arm/v5", "linux/arm/v6"]),
        ).to.equal("linux/arm/v7");
        expect(platformFor("linux/amd64", ["linux/amd64/v3", "linux/amd64"])).to.equal("linux/amd64");
        expect(platformFor("linux/arm", ["linux/arm64"])).to.equal(undefined);
    });
});
