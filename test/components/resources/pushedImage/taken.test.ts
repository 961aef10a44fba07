import { expect } from "chai";
import { takeExisting } from "../../../../components/resources/pushedImage/taken.ts";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { contextIn } from "../../../support/context.ts";
import { labelledImages } from "./standIn.ts";

const tag = "content-0123456789ab";

describe("an image in a registry that others push to as well", () => {
    const serve = labelledImages();

    async function outcome(inputs: Inputs, known?: string, changed = false): Promise<string | undefined> {
        return takeExisting(inputs, known, changed, contextIn("/")).catch((error: unknown) =>
            error instanceof Error ? error.message : String(error),
        );
    }

    it("is pushed where the tag isn't there", async () => {
        const { inputs, put } = await serve(tag, "latest");
        expect(await outcome(inputs)).to.equal(undefined);
        expect(put).to.deep.equal([]);
    });

    it("is taken as it is where the same content is there, and the channel follows", async () => {
        const { inputs, digest, put } = await serve(tag, tag);
        expect(await outcome(inputs)).to.equal(digest);
        expect(put).to.deep.equal([`latest application/x ${digest}`]);
    });

    it("leaves a channel alone that is there already", async () => {
        const { inputs, digest, put } = await serve(tag, tag, "latest");
        expect(await outcome(inputs, digest)).to.equal(digest);
        expect(put).to.deep.equal([]);
    });

    it("is pushed over what this stack has published where it is to be another image", async () => {
        const { inputs, digest } = await serve(tag, tag);
        expect(await outcome(inputs, digest, true)).to.equal(undefined);
    });

    it("is pushed again under a tag that was fixed by hand, where nobody else has moved it", async () => {
        const { inputs, digest } = await serve("1.0", "1.0");
        expect(await outcome({ ...inputs, tag: "1.0" }, digest)).to.equal(undefined);
    });

    const nothing = `sha256:${"0".repeat(64)}`;
    for (const [title, label, change, known, said] of [
        [
            "other content is under the tag",
            "another",
            {},
            undefined,
            /of which this stack knows nothing; .*config set rebuild/,
        ],
        [
            "somebody has pushed over what this stack published",
            tag,
            {},
            nothing,
            /expected sha256:0+; .*same content\); then publish/,
        ],
        [
            "a tag fixed by hand is there",
            "1.0",
            { tag: "1.0" },
            undefined,
            /choose another tag with `pulumi config set tag <tag>`/,
        ],
        [
            "the image that is there can't be told to have what is asked for",
            tag,
            { attest: ["sbom"] },
            undefined,
            /same content/,
        ],
    ] as const) {
        it(`stops the deployment where ${title}, and says what one may do`, async () => {
            const { inputs, digest, put } = await serve(label, tag, "1.0");
            const message = await outcome({ ...inputs, ...change }, known);
            expect(message).to.match(
                /is there already and is another image, so nothing was built or pushed, found /,
            );
            expect(message).to.include(digest).and.match(said);
            expect(put).to.deep.equal([]);
            const another = { ...inputs, ...change, tag: "content-ba9876543210" };
            expect(await outcome(another, known)).to.equal(undefined);
        });
    }
});
