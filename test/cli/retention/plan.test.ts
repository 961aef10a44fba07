import { expect } from "chai";
import fc from "fast-check";
import { planRetention, type TaggedImage } from "../../../cli/retention/plan.ts";

const tagOf = (number: number) => `content-${String(number).padStart(12, "0")}`;

/** An image with a layer of its own and one that all have. */
function image(number: number, more: Partial<TaggedImage> = {}): TaggedImage {
    return {
        tags: [tagOf(number)],
        digest: `sha256:${number}`,
        manifests: [],
        published: number,
        bytes: new Map([
            [`sha256:${number}`, 1],
            [`sha256:layer${number}`, 100],
            ["sha256:base", 1000],
        ]),
        ...more,
    };
}

const nobody = { tags: new Set<string>(), digests: new Set<string>() };
const numbers = (images: readonly TaggedImage[]) => images.map(({ digest }) => digest.replace("sha256:", ""));

describe("which images are removed", () => {
    it("are the oldest, and as many as asked for stay", () => {
        const plan = planRetention([image(2), image(4), image(1), image(3)], nobody, 2);
        expect(numbers(plan.removed)).to.deep.equal(["2", "1"]);
        expect(numbers(plan.kept)).to.deep.equal(["4", "3"]);
    });

    it("are none that somebody names by tag or digest, which don't count as kept either", () => {
        const names = { tags: new Set([tagOf(1)]), digests: new Set(["sha256:2"]) };
        const plan = planRetention([image(1), image(2), image(3), image(4)], names, 1);
        expect(numbers(plan.removed)).to.deep.equal(["3"]);
        expect(numbers(plan.kept)).to.deep.equal(["4"]);
    });

    it("are none with a tag that a person, a channel or a signature has", () => {
        const images = ["latest", "v1", "sha256-0123.sig"].map((tag, index) => image(index, { tags: [tag] }));
        images.push(image(9, { tags: [tagOf(9), "keep"] }));
        expect(planRetention(images, nobody, 0).removed).to.deep.equal([]);
    });

    it("are none of which somebody pins the image for one platform", () => {
        const index = image(1, { manifests: ["sha256:amd64"] });
        const names = { tags: new Set<string>(), digests: new Set(["sha256:amd64"]) };
        expect(planRetention([index], names, 0).removed).to.deep.equal([]);
    });

    it("are those of unknown age only where none is to stay", () => {
        const images = [image(1, { published: undefined }), image(2), image(3)];
        const plan = planRetention(images, nobody, 1);
        expect(numbers(plan.removed)).to.deep.equal(["2"]);
        expect(numbers(plan.ageless)).to.deep.equal(["1"]);
        expect(planRetention(images, nobody, 0).removed).to.have.length(3);
    });

    it("take along what they are made of, but nothing that one which stays is made of", () => {
        const one = image(1, {
            manifests: ["sha256:a", "sha256:b"],
            bytes: new Map([
                ["sha256:1", 1],
                ["sha256:a", 10],
                ["sha256:b", 100],
            ]),
        });
        const two = image(2, {
            manifests: ["sha256:b"],
            bytes: new Map([
                ["sha256:2", 1],
                ["sha256:b", 100],
            ]),
        });
        const plan = planRetention([one, two], nobody, 1);
        expect(plan.manifests).to.deep.equal(["sha256:1", "sha256:a"]);
        expect(plan.freed).to.equal(11);
        expect(planRetention([one, two], nobody, 0).freed).to.equal(112);
    });

    it("are never what is named, and all else is either kept or removed", () => {
        const images = fc.uniqueArray(fc.nat(50)).map((all) => all.map((number) => image(number)));
        fc.assert(
            fc.property(images, fc.array(fc.nat(50)), fc.nat(60), (stored, named, keep) => {
                const names = { tags: new Set(named.map(tagOf)), digests: new Set<string>() };
                const { removed, kept } = planRetention(stored, names, keep);
                const free = stored.filter(({ tags }) => !tags.some((tag) => names.tags.has(tag)));
                expect(removed.length + kept.length).to.equal(free.length);
                expect(kept.length).to.equal(Math.min(keep, free.length));
                for (const { tags } of removed)
                    expect(tags.some((tag) => names.tags.has(tag))).to.equal(false);
            }),
        );
    });
});
