import { expect } from "chai";
import { failed } from "../../../cli/doctor/check.ts";
import { Problem } from "../../../components/problem.ts";

describe("doctor, of several problems at once", () => {
    it("tells each of them, with its remedy", () => {
        const problem = Problem.of("the configuration can't be used", [
            "a: is wrong; mend a",
            "b: is wrong; mend b",
        ]);
        expect(failed(problem)).to.deep.equal({
            state: "fail",
            detail: "the configuration can't be used: (1) a: is wrong; mend a (2) b: is wrong; mend b",
            remedy: "fix each of them",
        });
    });
});
