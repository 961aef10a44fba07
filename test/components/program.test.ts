import * as pulumi from "@pulumi/pulumi";
import { allConfig, setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { expect } from "chai";
import { foundation } from "../../components/program.ts";
import { Problem } from "../../components/problem.ts";
import { mockEngine } from "../support/mocks.ts";
import { withEnvironment } from "../toolchain/support.ts";

describe("foundation()", () => {
    const usual: unknown = Reflect.get(Error, "prepareStackTrace");
    const configured = allConfig();
    const setEnvironment = withEnvironment();

    afterEach(() => {
        Reflect.set(Error, "prepareStackTrace", usual);
        setAllConfig(configured);
    });

    it("has Pulumi take down no stacks of promises, before it makes anything", async () => {
        const mapped = () => "mapped";
        Error.prepareStackTrace = mapped;
        await mockEngine();
        setAllConfig({ [`${pulumi.getProject()}:registry`]: "nowhere" });
        const fault: unknown = await foundation().catch((error: unknown) => error);
        expect(fault).to.be.instanceOf(Problem);
        expect(Reflect.get(Error, "prepareStackTrace")).not.to.equal(mapped);
    });

    it("names commands as they are typed where the engine was started", async () => {
        await mockEngine();
        setAllConfig({ [`${pulumi.getProject()}:pullPort`]: "x" });
        setEnvironment("FOUNDATION_PULUMI", "npx foundation pulumi");
        const fault: unknown = await foundation().catch((error: unknown) => error);
        expect(fault)
            .to.be.instanceOf(Problem)
            .with.property("message")
            .that.includes("change it with `npx foundation pulumi config set pullPort <value>`");
    });
});
