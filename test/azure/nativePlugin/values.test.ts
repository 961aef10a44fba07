import { expect } from "chai";
import type { Shape } from "./values.ts";
import { applyChanges, keepSecrets, plain, project } from "./values.ts";

function secret(value: unknown): object {
    return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

describe("the properties of the stand-in plugin", () => {
    it("lose the marks of secrets, and what is null", () => {
        const properties = {
            a: secret({ b: secret(1), c: null }),
            d: [secret(2), { e: undefined, f: false }],
            g: null,
        };
        expect(plain(properties)).to.deep.equal({ a: { b: 1 }, d: [2, { f: false }] });
    });

    it("stay secret when the input was", () => {
        const inputs = { name: "a", tags: { owner: secret("b") } };
        expect(keepSecrets(inputs, { name: "a", tags: { owner: "b" }, id: "c" })).to.deep.equal({
            name: "a",
            tags: secret({ owner: "b" }),
            id: "c",
        });
    });

    it("are inputs only as far as they can be set", () => {
        const shape: Shape = { sku: { name: true }, tags: true, passwords: [{ name: true }] };
        const outputs = {
            sku: { name: "Basic", tier: "Basic" },
            passwords: [{ name: "password1", value: "hush" }],
            status: "on",
        };
        expect(project(outputs, shape)).to.deep.equal({
            sku: { name: "Basic" },
            passwords: [{ name: "password1" }],
        });
    });

    describe("after a refresh", () => {
        it("do not take in what Azure has set from the beginning", () => {
            const outputs = { status: "enabled", credentials: { passwords: [] } };
            expect(applyChanges({ scopeMapId: "a" }, outputs, outputs)).to.deep.equal({ scopeMapId: "a" });
        });

        it("take in what has been changed, added or removed since", () => {
            const inputs = { sku: { name: "Basic" }, tags: { team: "a" }, actions: ["a", "b"], gone: 1 };
            const before = {
                sku: { name: "Basic" },
                tags: { team: "a", cost: "1" },
                actions: ["a", "b"],
                gone: 1,
            };
            const after = {
                sku: { name: "Premium" },
                tags: { team: "a", cost: "2" },
                actions: ["a", "c", "d"],
                new: 2,
            };
            expect(applyChanges(inputs, before, after)).to.deep.equal({
                sku: { name: "Premium" },
                tags: { team: "a", cost: "2" },
                actions: ["a", "c", "d"],
                new: 2,
            });
        });
    });
});
