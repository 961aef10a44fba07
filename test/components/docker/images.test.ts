import { expect } from "chai";
import {
    builtAt,
    imageOf,
    imageStore,
    indexImages,
    inspectImages,
    listImages,
    relevantImages,
    type ListedImage,
} from "../../../components/docker/images.ts";
import { engineWith } from "./standInEngine.ts";

function listed(id: string, more: Partial<ListedImage> = {}): ListedImage {
    return { id, tags: [], digests: [], labels: {}, manifests: [], ...more };
}

describe("when an image was built", () => {
    const created = "2026-01-01T00:00:00.1Z";
    const labels = { "com.docker.compose.project": "foundation" };

    it("is when Compose named it, since a cached build keeps the time of the first", () => {
        expect(builtAt(created, "2026-01-02T00:00:00Z", labels)).to.equal("2026-01-02T00:00:00Z");
    });

    it("is when it was created, for one that was pulled or never named", () => {
        expect(builtAt(created, "2026-01-02T00:00:00Z", {})).to.equal(created);
        expect(builtAt(created, "0001-01-01T00:00:00Z", labels)).to.equal(created);
        expect(builtAt(created, undefined, labels)).to.equal(created);
    });
});

describe("a container's image", () => {
    const app = { image: "p-app" };

    it("is the one with its id", () => {
        const images = [listed("sha256:a"), listed("sha256:b")];
        expect(imageOf({ ...app, images: ["sha256:b"] }, indexImages(images))?.id).to.equal("sha256:b");
        expect(imageOf({ ...app, images: ["sha256:gone"] }, indexImages(images))).to.equal(undefined);
    });

    it("is the one with the manifest that it runs, whose id a cached build has replaced", () => {
        const images = [listed("sha256:new", { tags: ["p-app:latest"], manifests: ["sha256:m"] })];
        expect(imageOf({ ...app, images: ["sha256:m", "sha256:old"] }, indexImages(images))?.id).to.equal(
            "sha256:new",
        );
    });

    it("is the named one of several with the same content", () => {
        const images = [
            listed("sha256:old", { manifests: ["sha256:m"] }),
            listed("sha256:new", { tags: ["p-app:latest"], manifests: ["sha256:m"] }),
        ];
        expect(imageOf({ ...app, images: ["sha256:m", "sha256:old"] }, indexImages(images))?.id).to.equal(
            "sha256:new",
        );
    });
});

describe("the images that matter", () => {
    it("are the foundation's, the ones that are named, and what was built in its folder", () => {
        const project = (name: string) => ({
            labels: { "com.docker.compose.project": name, "com.docker.compose.service": "foundation" },
        });
        const images = [
            listed("tagged", { tags: ["r:5000/f:1"] }),
            listed("pulled", { digests: ["r:5000/f@sha256:1"] }),
            listed("named", { tags: ["p-app:latest"] }),
            listed("former", project("foundation-1a2b3c")),
            listed("other", { tags: ["r:5000/g:1"], ...project("other") }),
        ];
        const found = relevantImages(
            images,
            ["r:5000/f"],
            ["p-app"],
            ({ project, service }) => project === "foundation-1a2b3c" && service === "foundation",
        );
        expect(found.map(({ id }) => id)).to.deep.equal(["tagged", "pulled", "named", "former"]);
    });
});

describe("where the engine keeps images", () => {
    for (const [title, DriverStatus, store] of [
        ["containerd's", [["driver-type", "io.containerd.snapshotter.v1"]], "containerd"],
        ["the engine's own", [["Backing Filesystem", "extfs"]], "classic"],
        ["not told", null, "classic"],
    ] as const) {
        it(`is ${title}`, async () => {
            expect(await imageStore(engineWith({ "/info": { DriverStatus } }))).to.equal(store);
        });
    }
});

describe("the list of images", () => {
    it("has their names, and the manifests that are images", async () => {
        const engine = engineWith({
            "/images/json?manifests=1": [
                {
                    Id: "sha256:a",
                    RepoTags: ["f:1", "<none>:<none>"],
                    RepoDigests: ["<none>@<none>", "f@sha256:m"],
                    Labels: { a: "b" },
                    Manifests: [
                        { ID: "sha256:m", Kind: "image" },
                        { ID: "sha256:n", Kind: "attestation" },
                    ],
                },
                { Id: "sha256:b", RepoTags: null, Labels: null },
            ],
        });
        expect(await listImages(engine)).to.deep.equal([
            listed("sha256:a", {
                ...{ tags: ["f:1"], digests: ["f@sha256:m"], labels: { a: "b" }, manifests: ["sha256:m"] },
            }),
            listed("sha256:b"),
        ]);
    });
});

describe("an image", () => {
    const inspected = {
        RootFS: { Layers: ["l1", "l2"] },
        Created: "2026-01-01T00:00:00Z",
        Metadata: { LastTagTime: "2026-01-02T00:00:00Z" },
        ...{ Os: "linux", Architecture: "arm64" },
    };
    const history = [{ CreatedBy: "RUN b" }, { CreatedBy: "FROM a" }];
    const engine = engineWith({
        "/images/full/json": inspected,
        "/images/full/history": history,
        "/images/bare/json": { RootFS: {}, Metadata: {}, Os: "linux", Architecture: "arm64" },
    });
    const compose = { "com.docker.compose.project": "p", "com.docker.compose.service": "s" };

    it("tells what it is made of, from the bottom up, and what it was built for", async () => {
        const labels = { ...compose, "foundation.tag": "local" };
        const [image] = await inspectImages(engine, [
            listed("full", { tags: ["t"], digests: ["d"], labels }),
        ]);
        expect(image).to.deep.equal({
            ...{ id: "full", tags: ["t"], digests: ["d"], tag: "local" },
            layers: ["l1", "l2"],
            history: ["FROM a", "RUN b"],
            createdAt: "2026-01-02T00:00:00Z",
            builtFor: { project: "p", service: "s" },
            platform: "linux/arm64",
        });
    });

    it("isn't asked how it was made where its label tells what it stands on", async () => {
        const labels = { "foundation.tag": "content-1" };
        const [image] = await inspectImages(engine, [listed("full", { labels })]);
        expect(image).to.deep.include({ tag: "content-1", history: [], builtFor: undefined });
    });

    it("may have less to tell, and is left out where it has gone", async () => {
        const labels = { "com.docker.compose.project": "p" };
        expect(await inspectImages(engine, [listed("gone"), listed("bare", { labels })])).to.deep.equal([
            {
                ...{ id: "bare", tags: [], digests: [], tag: undefined, layers: [], history: [] },
                ...{ createdAt: "", builtFor: { project: "p", service: "" }, platform: "linux/arm64" },
            },
        ]);
    });
});
