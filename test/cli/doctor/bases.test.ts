import { execSync } from "node:child_process";
import { expect } from "chai";
import { checkBases } from "../../../cli/doctor/bases.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("doctor, of base images", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const look = (base: string) => {
        const root = folder({
            "Pulumi.yaml": "name: foundation\n",
            "Pulumi.dev.yaml": "config: {}\n",
            "foundation/Dockerfile": `FROM ${base}\n`,
        });
        return checkBases(root, new Clone(root).config("dev"));
    };
    const isHere = { to: "image inspect *", prints: "sha256:1\n" };
    const isNot = { to: "image inspect *", fails: "No such image" };
    const registry = (said: string) => ({ to: "buildx imagetools inspect *", fails: `ERROR: ${said}\n` });

    it("is content with one that is pinned, and on the engine", async () => {
        docker([isHere]);
        expect(await look(`debian@sha256:${"a".repeat(64)}`)).to.deep.equal({
            state: "ok",
            detail: "pinned by digest",
        });
    });

    it("warns of one that may change", async () => {
        docker([isHere]);
        const { detail, remedy } = await look("debian:12");
        expect(detail).to.include("starts from debian:12, which may be another");
        expect(remedy).to.include(
            "`docker buildx imagetools inspect debian:12` shows the digest for @sha256:…",
        );
        expect((await look(`debian:12@sha256:${"a".repeat(64)}`)).state).to.equal("ok");
        expect((await look(`debian@sha512:${"a".repeat(128)}`)).state).to.equal("ok");
    });

    for (const said of ["401 Unauthorized", "pull access denied, repository does not exist"]) {
        it(`is content after the login that it asks for where a registry answers "${said}"`, async () => {
            const inspect = "buildx imagetools inspect *";
            docker([
                isNot,
                { to: "login r.example" },
                { to: inspect, after: "login r.example" },
                registry(`r.example/b:1: ${said}`),
            ]);
            const pinned = `r.example/b:1@sha256:${"a".repeat(64)}`;
            const [, command = ""] = /`(docker login [^`]+)`/.exec((await look(pinned)).remedy ?? "") ?? [];
            execSync(command);
            expect((await look(pinned)).state).to.equal("ok");
        });
    }

    it("is content with another base image that is there", async () => {
        const other = `r.example/b:2@sha256:${"a".repeat(64)}`;
        docker([isNot, { to: `buildx imagetools inspect ${other}` }, registry("r.example/b:1: not found")]);
        expect((await look("r.example/b:1")).remedy).to.match(/^name another in foundation\/Dockerfile/);
        expect((await look(other)).state).to.equal("ok");
    });

    for (const [said, state, detail, remedy] of [
        [
            "r.example/b:1: 401 Unauthorized",
            "fail",
            /can't be pulled without a login/,
            /docker login r\.example`/,
        ],
        [
            "r.example/b:1: not found",
            "fail",
            /there is no base image r\.example\/b:1/,
            /foundation\/Dockerfile/,
        ],
        [
            "r.example/b:1: pull access denied, repository does not exist or may require authorization",
            "fail",
            /there is no base image r\.example\/b:1, or it needs a login/,
            /foundation\/Dockerfile .*docker login r\.example`/,
        ],
        [
            'error getting credentials - err: exec: "docker-credential-x": executable file not found in $PATH, out: ``',
            "fail",
            /^docker-credential-x, .* is not installed/,
            /^install it, or take it out of .*config\.json$/,
        ],
        [
            'exec: "x": executable file not found in $PATH',
            "warn",
            /r\.example can't be asked/,
            /r\.example can be reached/,
        ],
        [
            "failed to do request: no such host",
            "warn",
            /r\.example can't be asked/,
            /r\.example can be reached/,
        ],
    ] as const) {
        it(`says what a registry means that answers "${said}"`, async () => {
            docker([isNot, registry(said)]);
            const outcome = await look("r.example/b:1");
            expect(outcome.state).to.equal(state);
            expect(outcome.detail).to.match(detail);
            expect(outcome.remedy).to.match(remedy);
        });
    }
});
