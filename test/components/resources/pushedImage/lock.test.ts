import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { setLock } from "../../../../components/resources/pushedImage/lock.ts";
import { contextIn } from "../../../support/context.ts";
import { inputsFor } from "./standIn.ts";

describe("the lock of a tag", () => {
    let server: http.Server;
    let host: string;
    /** By the start of the path. */
    let answers: Readonly<Record<string, number>>;

    before(async () => {
        server = http.createServer((request, response) => {
            const [, status = 500] =
                Object.entries(answers).find(([path]) => request.url?.startsWith(path)) ?? [];
            const challenge = { "www-authenticate": `Bearer realm="http://${host}/token"` };
            response.writeHead(status, status === 401 ? challenge : {}).end();
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(() => {
        server.close().closeAllConnections();
    });

    const asked = (locked: boolean, at = host, signal?: AbortSignal) =>
        setLock(inputsFor(at), locked, contextIn("/", [], signal));

    it("is not in the way of a tag that is to come, but none that is missing is locked", async () => {
        answers = { "/acr/": 404 };
        expect(await asked(false)).to.equal(undefined);
        expect(await asked(true)).to.equal(`${host} answers with 404`);
    });

    it("tells a login that is refused, and a registry that is silent, as reasons", async () => {
        answers = { "/acr/": 401, "/token": 403 };
        expect(await asked(true)).to.equal(`${host} refuses the login of pusher for this`);
        expect(await asked(true, "127.0.0.1:1")).to.include("127.0.0.1:1 does not answer");
    });

    it("is told to be in the way where it can't be taken off for another reason", async () => {
        answers = { "/acr/": 405 };
        expect(await asked(false)).to.equal(`${host} answers with 405`);
    });

    it("is not asked for once the user has interrupted the deployment", async () => {
        answers = { "/acr/": 200 };
        expect(await asked(true, host, AbortSignal.abort(new Error("interrupted")))).to.equal(
            `${host} does not answer (interrupted)`,
        );
    });

    it("hides no fault of another kind behind a reason", async () => {
        const failed = asked(true, "no host").catch((error: unknown) => error);
        expect(await failed).to.be.instanceOf(TypeError);
    });
});
