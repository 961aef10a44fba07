import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { takeExisting } from "../../../../components/resources/pushedImage/taken.ts";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { contextIn } from "../../../support/context.ts";
import { labelledImages, standIns } from "./standIn.ts";

const tag = "content-0123456789ab";

describe("an image in a registry that others push to as well", () => {
    const serve = labelledImages();
    const surroundings = standIns();
    const nothing = `sha256:${"0".repeat(64)}`;

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
        const told: string[] = [];
        expect(await takeExisting(inputs, undefined, false, contextIn("/", told))).to.equal(digest);
        expect(put).to.deep.equal([`latest application/x ${digest}`]);
        expect(told).to.deep.equal([
            `${tag} is in ${inputs.pushServer} already, with the same content, and is taken as it is`,
        ]);
    });

    it("is taken for several platforms by the label that each of them has", async () => {
        const { inputs, index } = await serve(tag, tag);
        expect(await outcome({ ...inputs, repository: "several" })).to.equal(index);
    });

    it("is no image to take where it is of another kind, as a chart is", async () => {
        const { inputs } = await serve(tag, tag);
        expect(await outcome({ ...inputs, repository: "chart" })).to.match(
            / and is another image, .*see who has pushed it; then publish/,
        );
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

    it("stops the deployment where it is to be another image, and somebody has pushed over it", async () => {
        const { inputs } = await serve(tag, tag);
        expect(await outcome(inputs, nothing, true)).to.include(`, expected ${nothing}`);
    });

    it("is pushed where the registry lets nobody see whether it is there", async () => {
        const { inputs } = await surroundings({ refusal: 403 });
        expect(await outcome(inputs)).to.equal(undefined);
    });

    it("stops the deployment where the registry can't say whether it is there", async () => {
        const { inputs } = await surroundings({ refusal: 405 });
        expect(await outcome(inputs)).to.equal(`${inputs.pushServer} answers with 405`);
    });

    it("is not looked for once the user has interrupted the deployment", async () => {
        const { inputs } = await serve(tag);
        const context = contextIn("/", [], AbortSignal.abort(new Error("interrupted")));
        const failed = takeExisting(inputs, undefined, false, context).catch((error: unknown) =>
            String(error),
        );
        expect(await failed).to.include("does not answer (interrupted)");
    });

    for (const [title, password, user] of [
        ["as whoever pushes", "the push password", "pusher:the push password"],
        ["as whom Docker is logged in as, where no other is configured", undefined, "ci:hush"],
    ] as const) {
        it(`is looked for ${title}`, async () => {
            const { inputs, users } = await surroundings({ tags: { [tag]: nothing }, login: user });
            const auths = { [inputs.pushServer]: { auth: btoa("ci:hush") } };
            fs.writeFileSync(path.join(users, "config.json"), JSON.stringify({ auths }));
            expect(await outcome({ ...inputs, tag, pushPassword: password })).to.include(nothing);
        });
    }

    it("is pushed again under a tag that was fixed by hand, where nobody else has moved it", async () => {
        const { inputs, digest } = await serve("1.0", "1.0");
        expect(await outcome({ ...inputs, tag: "1.0" }, digest)).to.equal(undefined);
    });

    for (const [title, label, change, known, said] of [
        [
            "other content is under the tag",
            "another",
            {},
            undefined,
            /of which this stack knows nothing; see who has pushed it; then publish .*config set rebuild/,
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
