import { expect } from "chai";
import { readChallenge } from "../../../components/oci/challenge.ts";

describe("what a registry asks for", () => {
    const bearer = { kind: "bearer", realm: "https://a/token", service: undefined, scope: undefined };

    for (const [header, challenge] of [
        ['Basic realm="team"', { kind: "basic" }],
        ["basic", { kind: "basic" }],
        ['Bearer realm="https://a/token"', bearer],
        [
            'Bearer realm="https://a/token",service="r",scope="repository:x:pull,push"',
            { ...bearer, service: "r", scope: "repository:x:pull,push" },
        ],
        ["bearer Service = r , realm = https://a/token", { ...bearer, service: "r" }],
        ['Bearer realm="https://a/\\"token\\""', { ...bearer, realm: 'https://a/"token"' }],
        // Each challenge has parameters of its own, in one header or in several.
        ['Bearer realm="https://a/token",service="r", Basic realm="Packages"', { ...bearer, service: "r" }],
        ['Basic realm="Packages", Bearer realm="https://a/token"', bearer],
        ["Negotiate, Basic realm=x", { kind: "basic" }],
        ['Bearer error="x", Basic realm="y"', { kind: "basic" }],
        ["Negotiate", undefined],
        ["Bearer service=r", undefined],
        ['Digest realm="basic bearer"', undefined],
        ["", undefined],
    ] as const) {
        it(`is ${challenge?.kind ?? "nothing known"}: ${header}`, () => {
            expect(readChallenge(header)).to.deep.equal(challenge);
        });
    }
});
