import { expect } from "chai";
import {
    builtAt,
    imageOf,
    indexImages,
    relevantImages,
    type ListedImage,
} from "../../../components/docker/images.ts";

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
