import * as path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import {
    cleanPath,
    joinPath,
    pathText,
    relativePath,
    resolvePath,
    shellWord,
} from "../../../components/render/paths.ts";

const inside = fc
    .array(fc.constantFrom("a", "b", "c", "."), { maxLength: 4 })
    .map((parts) => parts.join("/") || ".");
const any = fc
    .array(fc.constantFrom("a", "b", "..", "."), { maxLength: 5 })
    .map((parts) => parts.join("/") || ".");

describe("paths in the repository", () => {
    it("are joined as Node joins them", () => {
        fc.assert(
            fc.property(inside, any, (folder, name) => {
                const expected = path.posix.join(folder, name).replace(/(?<=.)\/$/, "");
                expect(joinPath(folder, name)).to.equal(expected);
            }),
        );
    });

    it("lead from a folder to another as Node has it", () => {
        fc.assert(
            fc.property(inside, inside, (folder, to) => {
                const expected = path.posix.relative(`/${folder}`, `/${to}`) || ".";
                expect(relativePath(folder, to)).to.equal(expected);
            }),
        );
    });
});

describe("an absolute path", () => {
    for (const [folder, to, expected] of [
        ["/a", "b", "/a/b"],
        ["/a/b", "../c/./d//", "/a/c/d"],
        ["/a", "../../b", "/b"],
        ["/a", "/b/../c", "/c"],
        ["/", ".", "/"],
        ["C:/a", "b", "C:/a/b"],
        ["C:/a", "../../b", "C:/b"],
        ["C:/a", "/b", "/b"],
        ["/a", "d:/b/./c", "d:/b/c"],
        // Neither has a drive: one has two letters, the other isn't at the start.
        ["/a", "ab:/c", "/a/ab:/c"],
        ["/a", "1:/c", "/a/1:/c"],
        ["/a", "b/c:/d", "/a/b/c:/d"],
        ["C:/a", "b\nc", "C:/a/b\nc"],
    ] as const) {
        it(`is ${JSON.stringify(expected)} for ${JSON.stringify(to)} in ${folder}`, () => {
            expect(resolvePath(folder, to)).to.equal(expected);
        });
    }
});

// As Go's filepath.Clean has them.
describe("the shortest form of a path", () => {
    for (const [path, expected] of [
        ["", "."],
        ["./", "."],
        ["a/..", "."],
        ["a//b/./c/", "a/b/c"],
        ["a/../../b", "../b"],
        ["../..", "../.."],
        ["/", "/"],
        ["/../a/..", "/"],
        ["/../../a", "/a"],
    ] as const) {
        it(`is ${expected} for ${JSON.stringify(path)}`, () => {
            expect(cleanPath(path)).to.equal(expected);
        });
    }
});

describe("a word on a shell's command line", () => {
    for (const [path, expected] of [
        ["apps/a-1_b.c", "apps/a-1_b.c"],
        ["a@b%c+d=e:f,g", "a@b%c+d=e:f,g"],
        ["a b", "'a b'"],
        ["$a", "'$a'"],
        ["a$", "'a$'"],
        ["it's", String.raw`'it'\''s'`],
        ["", "''"],
    ] as const) {
        it(`is ${expected} for ${JSON.stringify(path)}`, () => {
            expect(shellWord(path)).to.equal(expected);
        });
    }
});

describe("a path into a setting's value", () => {
    for (const [path, expected] of [
        [["images"], "images"],
        [["images", "my-java_8", "target"], "images.my-java_8.target"],
        [["ssh", 0], "ssh[0]"],
        [["images", "a.b", 12, "c"], 'images["a.b"][12].c'],
        [["labels", "-.", "a"], 'labels["-."].a'],
        [["labels", ".-"], 'labels[".-"]'],
        [["labels", 'a"b'], String.raw`labels["a\"b"]`],
        [["labels", ""], 'labels[""]'],
    ] as const) {
        it(`is ${expected}`, () => {
            expect(pathText(path)).to.equal(expected);
        });
    }
});
