import { expect } from "chai";
import { platformProblem } from "../../../cli/status/platform.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("a foundation for another platform", () => {
    const setEnvironment = withEnvironment();

    it("is published for this one as well by the project's own keys, or where images is written", () => {
        expect(platformProblem("foundation", ["linux/arm/v7"], "linux/amd64")).to.deep.equal({
            wrong: "the foundation in the registry is for linux/arm/v7, and not for linux/amd64",
            remedy: "publish it for that as well, with `pulumi config set-all --path --plaintext 'platforms[0]=linux/arm/v7' --plaintext 'platforms[1]=linux/amd64'`, a builder that can build for it and `pulumi up`",
        });
        expect(platformProblem("java", ["linux/arm64"], "linux/amd64")).to.deep.equal({
            wrong: "the foundation java in the registry is for linux/arm64, and not for linux/amd64",
            remedy: "publish it for that as well, with images.java.platforms set to [linux/arm64, linux/amd64], where images is written, a builder that can build for it and `pulumi up`",
        });
    });

    it("is none of this machine's where the shell asks for another one", () => {
        setEnvironment("DOCKER_DEFAULT_PLATFORM", "linux/arm64");
        const remedyFor = (platform: string) =>
            platformProblem("foundation", ["linux/s390x"], platform)?.remedy;
        expect(remedyFor("linux/arm64")).to.match(/^run `unset DOCKER_DEFAULT_PLATFORM`; or publish it /);
        expect(remedyFor("linux/amd64")).to.match(/^publish it /);
    });

    it("is none where it has a variant of this one", () => {
        expect(platformProblem("foundation", ["linux/arm/v7"], "linux/arm")).to.equal(undefined);
    });
});
