import { expect } from "chai";
import type { FakeAzure } from "./azure.ts";
import { startFakeAzure } from "./azure.ts";

describe("the certificates of the fake Azure", () => {
    const started: FakeAzure[] = [];

    afterEach(async () => {
        for (const azure of started.splice(0)) await azure.stop();
    });

    async function start(): Promise<FakeAzure> {
        const azure = await startFakeAzure();
        started.push(azure);
        return azure;
    }

    async function reach({ origin }: FakeAzure): Promise<number> {
        return (await fetch(`${origin}/metadata/endpoints?api-version=2022-09-01`)).status;
    }

    it("are believed in this process, however many there are and whichever goes first", async () => {
        const [first, second, third] = [await start(), await start(), await start()];
        for (const azure of [first, second, third]) expect(await reach(azure)).to.equal(200);
        started.shift();
        await first.stop();
        for (const azure of [second, third, await start()]) expect(await reach(azure)).to.equal(200);
    });
});
