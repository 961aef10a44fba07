import { readFileSync } from "node:fs";
import { expect } from "chai";
import { GoModule } from "../../toolchain/offline/goModule.ts";
import { isAtLeast, MINIMUM_NODE, MINIMUM_PULUMI, PROVIDERS, VERSION } from "../../components/versions.js";
import { dependencyVersion } from "../../toolchain/versions.ts";

describe("isAtLeast", () => {
    const cases: [version: string, minimum: string, expected: boolean][] = [
        ["22.18.0", "22.18.0", true],
        ["22.17.9", "22.18.0", false],
        ["24.0.0", "22.18.0", true],
        ["9.99.0", "22.18.0", false],
        ["v3.259.0-alpha.1", "3.259.0", true],
        ["26.1.5+dfsg1", "23.0.0", true],
        ["20.10.24+dfsg1", "23.0.0", false],
        ["github.com/docker/buildx 0.13.1+ds1 0.13.1-1", "0.8.0", true],
        ["2.26.1-4", "2.17.0", true],
        ["3", "2.17.0", true],
        ["go1.21", "1.21", true],
        ["", "1", false],
        // Built from source: Docker, Compose and buildx in this order.
        ["library-import", "23.0.0", true],
        ["dev", "2.23.1", true],
        ["v0.0.0+unknown", "0.8.0", true],
    ];
    for (const [version, minimum, expected] of cases) {
        it(`says ${String(expected)} of "${version}" and ${minimum}`, () => {
            expect(isAtLeast(version, minimum)).to.equal(expected);
        });
    }
});

describe("the pinned versions", () => {
    const node = JSON.parse(readFileSync("toolchain/node/package.json", "utf8")) as {
        optionalDependencies: Record<string, string>;
    };

    it("build the Pulumi CLI of the SDK's version", () => {
        const engine = new GoModule("pulumi").versionOf("github.com/pulumi/pulumi/pkg/v3");
        expect(engine).to.equal(dependencyVersion("@pulumi/pulumi"));
        expect(isAtLeast(engine, MINIMUM_PULUMI)).to.equal(true);
    });

    it("are those that the package names where it has no package.json at hand", () => {
        const manifest = JSON.parse(readFileSync("components/package.json", "utf8")) as {
            version: string;
            peerDependencies: Record<string, string>;
        };
        expect(VERSION).to.equal(manifest.version);
        for (const [name, version] of Object.entries(PROVIDERS)) {
            expect(version).to.equal(dependencyVersion(`@pulumi/${name}`));
            expect(manifest.peerDependencies[`@pulumi/${name}`]).to.equal(`^${version}`);
        }
    });

    it("bring one Node to every platform, and a recent enough one", () => {
        const versions = new Set(Object.values(node.optionalDependencies));
        expect([...versions]).to.have.lengthOf(1);
        expect([...versions].every((version) => isAtLeast(version, MINIMUM_NODE))).to.equal(true);
    });
});

describe("GoModule", () => {
    it("reads what to build from go.mod", () => {
        const registry = new GoModule("registry");
        expect(registry.tool).to.equal("github.com/distribution/distribution/v3/cmd/registry");
        expect(registry.versionOf("github.com/distribution/distribution/v3")).to.match(/^3\./);
        expect(registry.fingerprint).to.match(/^[0-9a-f]{8}$/);
    });

    it("does not take one module for another whose name it begins with", () => {
        expect(() => new GoModule("registry").versionOf("github.com/distribution/distribution")).to.throw(
            "has nothing like",
        );
    });
});
