import { expect } from "chai";
import { imageSettings } from "../../../components/imageConfig.ts";
import { Problem } from "../../../components/problem.ts";
import { readImages } from "../../../components/workspace/images.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the images of a repository", () => {
    const folder = temporaryFolders();
    const images = ["a", "b", "c"].map((name) => imageSettings(name, {}));

    /** What is told of these Dockerfiles. */
    function problemOf(files: Readonly<Record<string, string>>): unknown {
        try {
            readImages(folder(files), images);
            return undefined;
        } catch (error) {
            return error instanceof Problem ? error.parts : error;
        }
    }

    it("come after those that they are built on", () => {
        const root = folder({
            "a/Dockerfile": "FROM c\n",
            "b/Dockerfile": "FROM scratch\n",
            "c/Dockerfile": "FROM b\n",
        });
        const chain = readImages(root, images);
        expect(chain.map(({ image, uses }) => [image.name, [...uses.keys()]])).to.deep.equal([
            ["b", []],
            ["c", ["b"]],
            ["a", ["c"]],
        ]);
    });

    it("are told of, each with what its Dockerfile lacks", () => {
        const missing = (name: string) => ({
            wrong: `${name}/Dockerfile: it can't be read (no such file or directory); put a readable file there, or name the one that is meant by the key dockerfile of the image`,
        });
        expect(problemOf({ "b/Dockerfile": "FROM scratch\n" })).to.deep.equal({
            wrong: "not every image can be built",
            findings: [missing("a"), missing("c")],
        });
        expect(problemOf({ "a/Dockerfile": "RUN x\n", "b/Dockerfile": "FROM scratch\n" })).to.deep.equal({
            wrong: "not every image can be built",
            findings: [missing("c"), { wrong: "a/Dockerfile: line 1: expected FROM first, found RUN" }],
        });
    });

    it("can't be built in a circle", () => {
        expect(
            problemOf({
                "a/Dockerfile": "FROM b\n",
                "b/Dockerfile": "FROM a\n",
                "c/Dockerfile": "FROM scratch\n",
            }),
        ).to.deep.equal({
            wrong: "not every image can be built",
            findings: [
                {
                    wrong: "a is built on b is built on a, which can't be: have one of them start from something else",
                },
            ],
        });
    });
});
