import { expect } from "chai";
import { readSettings } from "../../../components/azure/settings.ts";
import { TokenPasswords } from "../../../components/azure/tokenPasswords.ts";
import { startFakeAzure, type FakeAzure } from "../../azure/azure.ts";
import { clientsOf, createFoundation } from "../../azure/clients.ts";
import { conflict, missing } from "../../azure/faults.ts";

const signal = new AbortController().signal;
const expiry = new Date(Date.now() + 86_400_000);

describe("the passwords of a token", function () {
    this.timeout(30_000);
    let azure: FakeAzure;
    let id: string;

    beforeEach(async () => {
        azure = await startFakeAzure();
        id = (await createFoundation(clientsOf(azure))).token.id;
    });

    afterEach(async () => {
        await azure.stop();
    });

    async function passwords(tokenId = id, operation = 20): Promise<TokenPasswords> {
        const settings = readSettings({}, await azure.environment());
        return new TokenPasswords(tokenId, settings, signal, { operation, appearance: 1 });
    }

    async function faultOf(work: Promise<unknown>): Promise<string> {
        return work.then(
            () => "nothing failed",
            (error: unknown) => (error as Error).message,
        );
    }

    it("are made one at a time, and told by their slot, not by their place", async () => {
        const own = await passwords();
        const first = await own.generate("password2", expiry);
        const second = await own.generate("password1", expiry);

        expect(first.value).to.match(/\+ACR/).and.not.to.equal(second.value);
        const again = await own.generate("password2", expiry);
        expect(again.value).not.to.equal(first.value);
        expect((await own.mustFind()).map(({ name }) => name)).to.deep.equal(["password1", "password2"]);
    });

    it("give up on an operation that never ends, with the id", async () => {
        azure.control.inject({ on: "registries.generateCredentials" }, azure.operations.endless());
        expect(await faultOf((await passwords(id, 1)).generate("password1", expiry))).to.equal(
            `${id}: Azure did not finish in time; run \`pulumi up\` again`,
        );
    });

    it("give up on a token that stays away, with the id", async () => {
        azure.control.inject({ on: "tokens.get", times: 100 }, missing());
        expect(await faultOf((await passwords()).mustFind())).to.equal(
            `${id}: there is no such token; run \`pulumi up --refresh\`, which makes it again`,
        );
    });

    it("give up on a conflict that stays, with the id and what Azure says", async () => {
        azure.control.inject({ on: "registries.generateCredentials", times: 100 }, conflict());
        expect(await faultOf((await passwords(id, 2)).generate("password1", expiry))).to.include(id);
    });

    it("belong to a token, not to anything else", async () => {
        expect(await faultOf((await passwords("/subscriptions/x")).find())).to.equal(
            '"/subscriptions/x" is not the id of a registry\'s token',
        );
    });
});
