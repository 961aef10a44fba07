import { expect } from "chai";
import { asTyped } from "../../components/asTyped.ts";
import { shown } from "../../components/plugin/fault.ts";
import { Problem } from "../../components/problem.ts";
import { withEnvironment } from "../toolchain/support.ts";

describe("a message as it is typed", () => {
    const setEnvironment = withEnvironment();
    const message = "run `pulumi up` and `pulumi config set a $&`, or `pulumi`, and pulumi up";

    it("has the commands of what has started the engine", () => {
        setEnvironment("FOUNDATION_PULUMI", "npx foundation pulumi");
        const typed =
            "run `npx foundation pulumi up` and `npx foundation pulumi config set a $&`, or `pulumi`, and pulumi up";
        expect(asTyped(message)).to.equal(typed);
        expect(shown(new Problem(message), []).message).to.equal(typed);
    });

    it("has plain ones where nothing says otherwise", () => {
        for (const none of [undefined, ""]) {
            setEnvironment("FOUNDATION_PULUMI", none);
            expect(asTyped(message)).to.equal(message);
        }
    });
});
