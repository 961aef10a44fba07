import { expect } from "chai";
import { removeLocalTags } from "../../../components/docker/localTags.ts";
import { Problem } from "../../../components/problem.ts";
import { standInDocker, type Answer } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { hurried } from "../../support/hurry.ts";

describe("the tags that a push leaves in the engine", function () {
    this.timeout(60_000);
    const docker = standInDocker(temporaryFolders());
    const list = "image ls --format {{.Repository}}:{{.Tag}}";
    const listed = [
        ...["localhost:5051/foundation:1", "localhost:5051/foundation:latest", "localhost:5051/java:1"],
        ...[
            "localhost:5051/foundation:<none>",
            "localhost:5050/foundation:1",
            "x/localhost:5051/foundation:1",
        ],
    ].join("\n");

    /** What is told, and the commands after the list. */
    async function removing(place: string, removal: Omit<Answer, "to">) {
        const told: string[] = [];
        const { calls } = docker([
            { to: list, prints: `${listed}\n` },
            { to: "image rm *", ...removal },
        ]);
        await removeLocalTags(place, (message) => {
            told.push(message);
            return Promise.resolve();
        });
        return { told, calls: calls().slice(1) };
    }

    it("go, and no others", async () => {
        const { told, calls } = await removing("localhost:5051/foundation:", { prints: "" });
        expect(calls).to.deep.equal([
            "image rm localhost:5051/foundation:1 localhost:5051/foundation:latest",
        ]);
        expect(told).to.deep.equal([]);
    });

    it("may take the engine longer than an answer does", async () => {
        const slow = { prints: "", seconds: 2.5 };
        const { told, calls } = await hurried(2.5, () => removing("localhost:5051/java:", slow));
        expect(calls).to.have.length(1);
        expect(told).to.deep.equal([]);
    });

    it("are none", async () => {
        expect((await removing("localhost:5052/", { prints: "" })).calls).to.deep.equal([]);
    });

    it("stay where a container uses them, with a note", async () => {
        const { told } = await removing("localhost:5051/java:", { fails: "image is in use" });
        expect(told).to.deep.equal(["some image tags stay: image is in use"]);
    });

    it("stay where the engine has gone, which is no note", async () => {
        const fault: unknown = await removing("localhost:5051/java:", {
            fails: "Cannot connect to the Docker daemon",
        }).catch((error: unknown) => error);
        expect(fault).to.be.instanceOf(Problem);
    });
});
