import { expect } from "chai";
import { LoginRefused, RegistrySilent } from "../../../../components/oci/client.ts";
import { Problem } from "../../../../components/problem.ts";
import { digestsFor, prove } from "../../../../components/resources/publishedImage/proof.ts";
import type { Inputs } from "../../../../components/resources/publishedImage/publishedImage.ts";
import { contextIn } from "../../../support/context.ts";
import { standInDocker } from "../../../support/docker.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { smallRegistries } from "../../../support/registry.ts";
import { servers } from "../../../support/servers.ts";
import { withEnvironment } from "../../../toolchain/support.ts";

const digest = `sha256:${"ab".repeat(32)}`;

describe("the proof of a pushed image", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const registry = smallRegistries();
    const serve = servers();
    const setEnvironment = withEnvironment();
    const context = contextIn("/nowhere");

    beforeEach(() => {
        // Whoever runs the tests may be logged in somewhere.
        setEnvironment("DOCKER_CONFIG", folder());
    });

    /** A developer with the right password, at a registry that takes pushes as well. */
    function inputsAt(server: string, changes: Partial<Inputs> = {}): Inputs {
        return {
            ...{ server, repository: "foundation", tag: "content-1", digest, instance: "1" },
            ...{ username: "foundation-pull", password: "secret", pushServer: server },
            ...changes,
        };
    }

    async function faultOf(inputs: Inputs): Promise<Error> {
        return prove(inputs, context).then(
            () => new Error("none"),
            (error: unknown) => error as Error,
        );
    }

    const anybody = { username: undefined, password: undefined };

    it("is the digest under the tag, and asks Docker nothing where pushes have no door of their own", async () => {
        const { calls } = docker([]);
        const { server, asked } = await registry({ images: { "foundation:content-1": digest } });
        await prove(inputsAt(server), context);
        expect(asked).to.deep.equal(["HEAD /v2/foundation/manifests/content-1"]);
        expect(calls()).to.deep.equal([]);
    });

    it("takes the tags along that a push through a door of its own has left", async () => {
        const { calls } = docker([
            { to: "image ls *", prints: "localhost:1/foundation:content-1\nlocalhost:1/java:content-1\n" },
            { to: "image rm *" },
        ]);
        const { server } = await registry({ images: { "foundation:content-1": digest } });
        await prove(inputsAt(server, { pushServer: "localhost:1" }), context);
        expect(calls().slice(1)).to.deep.equal(["image rm localhost:1/foundation:content-1"]);
    });

    for (const [title, user, who] of [
        ["with a credential", {}, "foundation-pull"],
        ["without one", anybody, "whoever is logged in here"],
    ] as const) {
        for (const [found, images] of [
            ["no such image", {}],
            ["sha256:1", { "foundation:content-1": "sha256:1" }],
        ] as const) {
            it(`fails where the tag stands for ${found}, ${title}`, async () => {
                const { server } = await registry({ images, public: true });
                expect((await faultOf(inputsAt(server, user))).message).to.equal(
                    `${server}/foundation:content-1 should be ${digest} after the push, so nothing was emitted, ` +
                        `found ${found} as ${who}; run \`pulumi up\` again, and see that nobody else pushes this tag`,
                );
            });
        }

        it(`fails where the registry gives no answer, ${title}, and says what it said`, async () => {
            const server = await serve((_request, response) => response.writeHead(400).end());
            const { message, cause } = await faultOf(inputsAt(server, user));
            expect(message.split("\n")).to.deep.equal([
                `the image was pushed, but ${who} can't see it in ${server}, so nothing was emitted; ` +
                    "see that the registry answers, and run `pulumi up` again",
                (cause as Error).message,
            ]);
            expect(cause).to.be.instanceOf(RegistrySilent);
        });
    }

    it("fails for a password that the registry refuses", async () => {
        const { server } = await registry({ images: { "foundation:content-1": digest } });
        const { message, cause } = await faultOf(inputsAt(server, { password: "another" }));
        expect(cause).to.be.instanceOf(LoginRefused);
        expect(message).not.to.include("another");
    });

    it("leaves a fault that nobody foresaw as it is", async () => {
        expect(await faultOf(inputsAt("not a host"))).not.to.be.instanceOf(Problem);
    });

    it("asks for the image that is there, where everybody may pull", async () => {
        const images = { "foundation:a": digest, "foundation:b": "sha256:1" };
        const { server, asked } = await registry({ images, public: true });
        const place = { server, repository: "foundation", ...anybody };
        expect(await digestsFor(place, ["a", "b"], context.signal)).to.deep.equal([digest, "sha256:1"]);
        expect(new Set(asked)).to.deep.equal(
            new Set(["HEAD /v2/foundation/manifests/a", "HEAD /v2/foundation/manifests/b"]),
        );
    });

    for (const [title, seconds, interrupted] of [
        ["the time is up", 0.2, false],
        ["the user interrupts", 30, true],
    ] as const) {
        it(`waits for a registry that says nothing until ${title}`, async () => {
            const interruption = new AbortController();
            const server = await serve(() => {
                if (interrupted) interruption.abort();
            });
            const place = { server, repository: "foundation", username: "u", password: "p" };
            const fault: unknown = await digestsFor(place, ["a"], interruption.signal, seconds).catch(
                (error: unknown) => error,
            );
            expect(fault).to.be.instanceOf(RegistrySilent);
        });
    }
});
