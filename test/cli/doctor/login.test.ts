import { createHash } from "node:crypto";
import { expect } from "chai";
import { checkLogin } from "../../../cli/doctor/login.ts";
import type { Manifest } from "../../../components/render/manifest.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { engineFor, standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";
import { smallRegistries } from "../../support/registry.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("doctor, of the login", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const registry = smallRegistries();
    const setEnvironment = withEnvironment();

    it("warns of what it may pull that is not for this machine", async () => {
        const manifests = [{ digest: "sha256:1", platform: { os: "linux", architecture: "s390x" } }];
        const index = JSON.stringify({ manifests });
        const digest = `sha256:${createHash("sha256").update(index).digest("hex")}`;
        const content = {
            "/v2/foundation/manifests/1": index,
            "/v2/java/manifests/1": index,
        };
        const { server } = await registry({ public: true, content });
        const version = (architecture: string) => docker([], [engineFor(architecture)]);
        setEnvironment("DOCKER_CONFIG", folder());
        const root = projectIn(folder);
        emit(root, { image: `${server}/foundation:1`, digest, stack: "dev" });
        const clone = new Clone(root);
        const look = () => checkLogin(clone.manifest);

        version("amd64");
        const outcome = await look();
        expect(outcome).to.deep.include({
            state: "warn",
            detail: "the foundation in the registry is for linux/s390x, and not for linux/amd64",
        });
        expect(outcome.remedy).to.include("'platforms[1]=linux/amd64'");

        const { images } = clone.manifest;
        const java = { ...images["foundation"], reference: `${server}/java:1` };
        const both = { ...clone.manifest, images: { ...images, java } } as Manifest;
        expect((await checkLogin(both)).detail).to.equal(
            "the foundation in the registry is for linux/s390x, and not for linux/amd64; " +
                "the foundation java in the registry is for linux/s390x, and not for linux/amd64",
        );
        version("s390x");
        expect(await look()).to.deep.equal({ state: "ok", detail: `${server} lets anybody pull` });
    });
});
