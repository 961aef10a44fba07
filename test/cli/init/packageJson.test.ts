import { expect } from "chai";
import * as fc from "fast-check";
import { newPackageJson, withDependencies } from "../../../cli/init/packageJson.ts";

describe("a package.json that gets dependencies", () => {
    const added = { "foundation-image": "1.0.0" };

    it("keeps every line as it is written", () => {
        const text =
            '{\n    "name": "shop",  "private":true,\n\n    "dependencies": { "a": "1",\n "b": "2" }\n}\n';
        expect(withDependencies(text, added, { module: false })).to.equal(
            '{\n    "name": "shop",  "private":true,\n\n    "dependencies": { "a": "1",\n "b": "2",\n        "foundation-image": "1.0.0"\n    }\n}\n',
        );
    });

    it("gets the whole block where it has none, with its own indent and line ends", () => {
        expect(withDependencies('{\r\n\t"name": "shop"\r\n}', added, { module: true })).to.equal(
            '{\r\n\t"name": "shop",\r\n\t"dependencies": {\r\n\t\t"foundation-image": "1.0.0"\r\n\t},\r\n\t"type": "module"\r\n}',
        );
    });

    it("keeps the version that it has, wherever that is", () => {
        for (const text of [
            '{"dependencies":{"foundation-image":"file:x.tgz"}}',
            '{"devDependencies":{"foundation-image":"^0.1.0"}}',
        ]) {
            expect(withDependencies(text, added, { module: false })).to.equal(text);
        }
    });

    it("says what it said before, and that, for any JSON", () => {
        const text = fc.string({ unit: "grapheme" });
        fc.assert(
            fc.property(
                fc.record({ name: text, dependencies: fc.dictionary(text, text) }, { requiredKeys: [] }),
                fc.constantFrom(undefined, 2, 4, "\t"),
                (content, indent) => {
                    fc.pre(!Object.hasOwn(content.dependencies ?? {}, "__proto__"));
                    const result = withDependencies(JSON.stringify(content, undefined, indent), added, {
                        module: true,
                    });
                    expect(JSON.parse(result)).to.deep.equal({
                        ...content,
                        dependencies: { ...added, ...content.dependencies },
                        type: "module",
                    });
                },
            ),
        );
    });

    it("is one that can be read where there was none", () => {
        expect(JSON.parse(newPackageJson("shop", added))).to.include({ name: "shop", type: "module" });
    });
});
