import { expect } from "chai";
import { listContainers } from "../../../components/docker/containers.ts";
import { engineWith } from "./standInEngine.ts";

describe("the containers that Compose has made", () => {
    const path = `/containers/json?all=1&filters=${encodeURIComponent('{"label":["com.docker.compose.image"]}')}`;
    const found = (...containers: readonly object[]) => listContainers(engineWith({ [path]: containers }));

    it("are known by their labels, and by all that tells their image, the best first", async () => {
        const [container] = await found({
            Names: ["/shop-web-1", "/shop-cache-1/web"],
            State: "running",
            ImageID: "sha256:id",
            ImageManifestDescriptor: { digest: "sha256:manifest" },
            Labels: {
                "com.docker.compose.image": "sha256:taken",
                "com.docker.compose.project": "shop",
                "com.docker.compose.service": "web",
                "com.docker.compose.project.working_dir": "/work/shop",
                "foundation.tag": "content-1",
            },
        });
        expect(container).to.deep.equal({
            name: "shop-web-1",
            project: "shop",
            service: "web",
            folder: "/work/shop",
            running: true,
            tag: "content-1",
            images: ["sha256:manifest", "sha256:taken", "sha256:id"],
        });
    });

    it("may have less to tell", async () => {
        expect(await found({ Names: [], State: "created", ImageID: "sha256:id", Labels: {} })).to.deep.equal([
            {
                ...{ name: "", project: "", service: "", folder: "" },
                ...{ running: false, tag: undefined, images: ["sha256:id"] },
            },
        ]);
    });

    it("run while they are restarted or paused too", async () => {
        const states = ["running", "restarting", "paused", "exited", "dead", "created", "removing"];
        const containers = await found(
            ...states.map((State) => ({ Names: ["/x"], State, ImageID: "sha256:id", Labels: {} })),
        );
        expect(states.filter((_, index) => containers[index]?.running)).to.deep.equal(states.slice(0, 3));
    });
});
