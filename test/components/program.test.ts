import * as pulumi from "@pulumi/pulumi";
import { allConfig, setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { expect } from "chai";
import { foundation } from "../../components/program.ts";
import { Problem } from "../../components/problem.ts";
import { mockEngine } from "../support/mocks.ts";

describe("foundation()", () => {
    const usual: unknown = Reflect.get(Error, "prepareStackTrace");
    const configured = allConfig();

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
});
