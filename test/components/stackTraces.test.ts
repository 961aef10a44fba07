import * as vm from "node:vm";
import { expect } from "chai";
import { plainSdkStacks } from "../../components/stackTraces.ts";

describe("stack traces", () => {
    const errors: { prepareStackTrace?: ((error: Error, frames: NodeJS.CallSite[]) => unknown) | undefined } =
        Error;
    const before = errors.prepareStackTrace;

    afterEach(() => {
        errors.prepareStackTrace = before;
    });

    function stackFrom(filename: string): unknown {
        return vm.runInThisContext("(function made() { return new Error('no').stack; })()", { filename });
    }

    it("of the SDK's own are as Node writes them, and all others mapped as before", () => {
        const sdk = [
            "/p/node_modules/@pulumi/pulumi/a.js",
            String.raw`C:\p\node_modules\@pulumi\pulumi\a.js`,
        ];
        const [plain, ours] = [undefined, () => "mapped"].map((prepare) => {
            errors.prepareStackTrace = prepare;
            plainSdkStacks();
            return sdk.map(stackFrom);
        });
        expect(ours).to.deep.equal(plain);
        expect(stackFrom("/p/node_modules/@pulumi/docker/a.js")).to.equal("mapped");
        expect(new Error("no").stack).to.equal("mapped");
    });

    it("are left to Node where nobody maps them", () => {
        errors.prepareStackTrace = undefined;
        plainSdkStacks();
        expect(errors.prepareStackTrace).to.equal(undefined);
    });
});
