import { expect } from "chai";
import { isContentTag, isRepositoryPath } from "../../../components/render/foundation.ts";

describe("a build context", () => {
    for (const context of ["lib", ".", "../lib", "lib/https://x", "lib/git@x", "git@", "https:/x"]) {
        it(`is a folder: ${context}`, () => {
            expect(isRepositoryPath(context)).to.equal(true);
        });
    }

    for (const context of [
        "docker-image://debian",
        "http://acme.example/x.tar",
        "https://acme.example/x.git",
        "git://acme.example/x",
        "ssh://git@acme.example/x",
        "git@acme.example:x.git",
    ]) {
        it(`is no folder: ${context}`, () => {
            expect(isRepositoryPath(context)).to.equal(false);
        });
    }
});

describe("a tag that is made from content", () => {
    it("has 12 hexadecimal digits", () => {
        expect(isContentTag("content-0123456789ab")).to.equal(true);
    });

    for (const tag of [
        "latest",
        "content-0123456789a",
        "content-0123456789abc",
        "content-0123456789ag",
        "content-a",
        "my-content-0123456789ab",
    ]) {
        it(`isn't ${tag}`, () => {
            expect(isContentTag(tag)).to.equal(false);
        });
    }
});
