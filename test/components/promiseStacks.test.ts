import { createRequire } from "node:module";
import { expect } from "chai";
import { leaveOutPromiseStacks } from "../../components/promiseStacks.ts";

// Internal to the SDK, so not among its types.
const { debuggablePromise } = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as {
    debuggablePromise: (promise: Promise<void>, context: string) => Promise<void>;
};

describe("the stacks of Pulumi's promises", () => {
    const usual: unknown = Reflect.get(Error, "prepareStackTrace");

    beforeEach(() => {
        Error.prepareStackTrace = () => "mapped";
    });

    afterEach(() => {
        Reflect.set(Error, "prepareStackTrace", usual);
        delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
    });

    function stackOfPromise(): unknown {
        const promise = Promise.resolve();
        void debuggablePromise(promise, "a test's");
        return Reflect.get(promise, "_debugStackTrace");
    }

    it("are left out, and those of errors are not", () => {
        leaveOutPromiseStacks();
        expect(stackOfPromise()).to.equal("");
        expect(new Error().stack).to.equal("mapped");
    });

    it("are left out once, however often a process deploys", () => {
        leaveOutPromiseStacks();
        const inPlace: unknown = Reflect.get(Error, "prepareStackTrace");
        leaveOutPromiseStacks();
        expect(Reflect.get(Error, "prepareStackTrace")).to.equal(inPlace);
    });

    it("stay for somebody who looks for a leak", () => {
        process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "1";
        leaveOutPromiseStacks();
        expect(stackOfPromise()).to.equal("mapped");
    });

    it("are Node's own where nobody else spells stacks out", () => {
        Reflect.set(Error, "prepareStackTrace", undefined);
        leaveOutPromiseStacks();
        expect(stackOfPromise()).to.contain("debuggablePromise");
    });
});
