import { expect } from "chai";
import { basesOf } from "../../../components/workspace/bases.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the bases of a foundation", () => {
    const folder = temporaryFolders();
    const settings = (name: string, argument: string, more: object = {}) => ({
        name,
        dockerfile: `${name}/Dockerfile`,
        argument,
        replaces: [],
        buildArgs: {},
        ...more,
    });
    const foundation = settings("foundation", "FOUNDATION_IMAGE", { buildArgs: { V: "12" } });

    it("are those of its Dockerfile, and none without one", () => {
        const root = folder({ "foundation/Dockerfile": "ARG V=1\nFROM debian:$V\n" });
        expect(basesOf(root, "foundation", [foundation])).to.deep.equal(["debian:12"]);
        expect(basesOf(folder(), "foundation", [foundation])).to.deep.equal([]);
    });

    it("are no foundations, in whichever way its Dockerfile names them", () => {
        const images = [
            { ...foundation, replaces: ["acme/base"] },
            settings("java", "FOUNDATION_JAVA_IMAGE"),
        ];
        for (const named of [
            "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}",
            "FROM foundation",
            "FROM acme/base:12",
        ]) {
            const root = folder({ "java/Dockerfile": `${named}\nCOPY --from=maven:3 /m /m\n` });
            expect(basesOf(root, "java", images), named).to.deep.equal([]);
        }
    });
});
