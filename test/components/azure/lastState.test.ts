import { expect } from "chai";
import { readLastState } from "../../../components/azure/lastState.ts";
import { mockEngine } from "../../support/mocks.ts";

describe("readLastState", () => {
    it("gives the outputs of this very stack's resources, by type and component, and by name", async () => {
        const asked: unknown[] = [];
        await mockEngine({}, false, {
            "pulumi:pulumi:readStackResourceOutputs": (inputs) => {
                asked.push(inputs);
                return {
                    outputs: {
                        "urn:pulumi:test::foundation::app:index:Shop$pulumi:index:Stash::owner": {
                            type: "pulumi:index:Stash",
                            outputs: { output: "mark" },
                        },
                    },
                };
            },
        });
        expect(await readLastState()).to.deep.equal(
            new Map([
                ["app:index:Shop$pulumi:index:Stash", { output: "mark" }],
                ["app:index:Shop$pulumi:index:Stash::owner", { output: "mark" }],
            ]),
        );
        expect(asked).to.deep.equal([{ stackName: "organization/foundation/test" }]);
    });
});
