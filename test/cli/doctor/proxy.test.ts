import { expect } from "chai";
import { checkProxy } from "../../../cli/doctor/proxy.ts";

describe("the doctor's look at proxies", () => {
    const proxy = "http://me:secret@proxy.example:3128";

    it("is content without one, and with one that is not for this machine", () => {
        expect(checkProxy({}).state).to.equal("ok");
        expect(checkProxy({ http_proxy: proxy, no_proxy: "127.0.0.1" }).state).to.equal("ok");
    });

    it("warns of one that Pulumi would meet on the way to itself, with what to set, and keeps its password", () => {
        for (const [environment, remedy] of [
            [{ http_proxy: proxy }, "run `export no_proxy=127.0.0.1`"],
            [{ https_proxy: proxy, no_proxy: ".example" }, "run `export no_proxy=.example,127.0.0.1`"],
            [{ grpc_proxy: proxy, no_grpc_proxy: "a" }, "run `export no_grpc_proxy=a,127.0.0.1`"],
        ] as const) {
            const outcome = checkProxy(environment);
            expect(outcome.state).to.equal("warn");
            expect(outcome.detail).to.include(Object.keys(environment)[0]).and.not.include("secret");
            expect(outcome.remedy).to.equal(remedy);
        }
    });
});
