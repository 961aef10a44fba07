import * as fs from "node:fs";
import { expect } from "chai";
import { attempt, Problem, systemReason } from "../../components/problem.ts";

describe("a problem", () => {
    it("is told as one sentence: what is wrong, what was found, what to do", () => {
        const problem = new Problem({ wrong: "tag: must be one word", found: '"a; b"', remedy: "change it" });
        expect(problem.message).to.equal('tag: must be one word, found "a; b"; change it');
    });

    it("keeps the pieces, whatever is in them", () => {
        const parts = { wrong: "one; two", found: '"a; b"', remedy: "three; four" };
        expect(new Problem(parts).parts).to.equal(parts);
    });

    it("lists all that was found, and what a program said below", () => {
        const findings = [{ wrong: "a: is wrong\nin two lines", remedy: "fix a" }, { wrong: "b: is wrong" }];
        const problem = new Problem({ wrong: "nothing was written", findings, said: "error: a\nerror: b" });
        expect(problem.message.split("\n")).to.deep.equal([
            "nothing was written",
            "  - a: is wrong",
            "    in two lines; fix a",
            "  - b: is wrong",
            "error: a",
            "error: b",
        ]);
    });

    it("keeps the error behind it", () => {
        const cause = new Error("ECONNREFUSED");
        expect(new Problem({ wrong: "the registry is silent" }, { cause }).cause).to.equal(cause);
    });

    it("is an error that Pulumi shows without a stack trace", () => {
        expect(new Problem("no")).to.include({ name: "Problem", __pulumiRunError: true });
    });

    it("takes a phrase alone for what is wrong, whatever is in it", () => {
        expect(new Problem("a is wrong; it is b").parts).to.deep.equal({ wrong: "a is wrong; it is b" });
    });

    it("joins findings that are sentences or pieces", () => {
        const remedy = { wrong: "b", remedy: "fix b" };
        expect(Problem.of("all:", ["a; fix a", remedy]).parts).to.deep.equal({
            wrong: "all:",
            findings: [{ wrong: "a; fix a" }, remedy],
        });
    });

    it("is what an attempt ends with, and any other error goes on", () => {
        const problem = new Problem("no");
        const fail = (error: Error) => () => {
            throw error;
        };
        expect(attempt(() => 1)).to.equal(1);
        expect(attempt(fail(problem))).to.equal(problem);
        expect(() => attempt(fail(new Error("a bug")))).to.throw("a bug");
    });

    it("has the system's words for a failed call, and any other error goes on", () => {
        const read = () => fs.readFileSync(`${import.meta.filename}.missing`);
        expect(() => {
            try {
                read();
            } catch (error) {
                throw new Error(systemReason(error));
            }
        }).to.throw(/^no such file or directory$/);
        for (const error of [new Error("a bug"), Object.assign(new Error("a bug"), { errno: "2" })]) {
            expect(() => systemReason(error)).to.throw("a bug");
        }
        expect(() => systemReason("text")).to.throw("text");
    });

    it("has them as well where Node gives the error's number without its sign, as it does of a folder that can't be removed", () => {
        const failed = Object.assign(new Error("ENOENT"), { code: "ENOENT", errno: 2 });
        expect(systemReason(failed)).to.equal("no such file or directory");
    });
});
