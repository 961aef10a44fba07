import { expect } from "chai";
import { failed } from "../../../cli/doctor/check.ts";
import { Problem } from "../../../components/problem.ts";

describe("doctor, of several problems at once", () => {
    it("tells each of them, with its remedy", () => {
        const problem = Problem.of("the configuration can't be used", [
            "a: is wrong; fix a",
            "b: is wrong; fix b",
        ]);
        expect(failed(problem)).to.deep.equal({
            state: "fail",
            detail: "the configuration can't be used: (1) a: is wrong; fix a (2) b: is wrong; fix b",
            remedy: "fix each of them",
        });
    });
});
