import { expect } from "chai";
import { previewComment } from "../../../cli/deploy/comment.ts";

describe("the comment on a pull request", () => {
    it("begins with the mark by which the next one replaces it, and shows the output as it is", () => {
        expect(previewComment("prod", "\n + image  create\n    2 unchanged\n", true)).to.equal(
            [
                "<!-- foundation preview of prod -->",
                "### What a deployment would change in `prod`",
                "",
                "```text",
                "+ image  create",
                "    2 unchanged",
                "```",
                "",
            ].join("\n"),
        );
    });

    it("says that a preview has failed", () => {
        expect(previewComment("prod", "error: no", false)).to.include("### The preview failed in `prod`");
    });

    it("lets nothing in the output end its block", () => {
        const comment = previewComment("prod", "```\n@everyone\n````", true);
        expect(comment.split("\n").filter((line) => line.startsWith("`````"))).to.have.lengthOf(2);
    });

    it("keeps the end of an output that is longer than a comment may be", () => {
        const comment = previewComment("prod", `${"x".repeat(100_000)}\n5 changes`, true);
        expect(comment.length).to.be.lessThan(65_536);
        expect(comment).to.include("all of it is in the log").and.to.include("5 changes");
    });
});
