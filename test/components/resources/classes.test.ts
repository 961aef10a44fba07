import { Output, type CustomResource, type CustomResourceOptions } from "@pulumi/pulumi";
import { expect } from "chai";
import type { ArgsOf } from "../../../components/resources/argsOf.ts";
import { ComposeProject } from "../../../components/resources/composeProject/composeProject.ts";
import { EmittedFiles } from "../../../components/resources/emittedFiles/emittedFiles.ts";
import { HtpasswdUser } from "../../../components/resources/htpasswdUser/htpasswdUser.ts";
import { PublishedImage } from "../../../components/resources/publishedImage/publishedImage.ts";
import { PushCredential } from "../../../components/resources/pushCredential/pushCredential.ts";
import { TokenPassword } from "../../../components/resources/tokenPassword/tokenPassword.ts";
import { mockEngine, valueOf } from "../../support/mocks.ts";

/** What a program gives a resource and reads of it. */
interface Case {
    /** Of what it is made, all of which the engine gets. */
    readonly given: object;
    readonly make: (name: string, options: CustomResourceOptions) => CustomResource;
    /** Those of the inputs that the state may not show. */
    readonly secretInputs: readonly string[];
    /** What programs read of it besides its inputs. */
    readonly outputs: readonly string[];
    /** Those of the outputs that the state may not show. */
    readonly secretOutputs: readonly string[];
}

type Class<Inputs extends object> = new (
    name: string,
    args: ArgsOf<Inputs>,
    options: CustomResourceOptions,
) => CustomResource;

function caseOf<Inputs extends object>(
    Made: Class<Inputs>,
    given: Inputs,
    rest: Partial<Pick<Case, "secretInputs" | "outputs" | "secretOutputs">>,
): Case {
    return {
        given,
        make: (name, options) => new Made(name, given as ArgsOf<Inputs>, options),
        ...{ secretInputs: [], outputs: [], secretOutputs: [], ...rest },
    };
}

const place = { server: "localhost:5050", repository: "foundation", tag: "content-1", instance: "1" };
const readiness = [{ url: "http://localhost:5050/v2/", username: "puller", password: "sesame" }];

const cases: Readonly<Record<string, Case>> = {
    ComposeProject: caseOf(
        ComposeProject,
        { project: "registry", owner: "me", definition: "services: {}", readiness, imageServer: "localhost" },
        { secretInputs: ["definition", "readiness"], outputs: ["instance"] },
    ),
    EmittedFiles: caseOf(
        EmittedFiles,
        { files: "{}", values: { "f.image": "localhost/dev" }, root: ".." },
        { outputs: ["drift"] },
    ),
    HtpasswdUser: caseOf(
        HtpasswdUser,
        { username: "puller" },
        { outputs: ["password", "htpasswd"], secretOutputs: ["password", "htpasswd"] },
    ),
    PublishedImage: caseOf(
        PublishedImage,
        {
            ...place,
            digest: "sha256:1",
            username: "puller",
            password: "sesame",
            pushServer: "localhost:5051",
        },
        { secretInputs: ["password"] },
    ),
    "PublishedImage, where everybody may pull,": caseOf(
        PublishedImage,
        { ...place, digest: "sha256:1", pushServer: "localhost:5051" },
        {},
    ),
    PushCredential: caseOf(
        PushCredential,
        {
            ...{ server: "r.azurecr.io", images: [], channel: "latest", build: ["buildx"], settings: {} },
            ...{ pullUsername: "puller", pullPassword: "sesame" },
        },
        {
            secretInputs: ["pullPassword"],
            outputs: ["username", "password", "expiresAt"],
            secretOutputs: ["password"],
        },
    ),
    TokenPassword: caseOf(
        TokenPassword,
        {
            ...{
                tokenId: "/subscriptions/1",
                tokenCreatedAt: "2026-01-01T00:00:00Z",
                server: "r.azurecr.io",
            },
            ...{ lifetimeDays: 90, renewDays: 30, settings: {} },
        },
        { outputs: ["username", "password", "expiresAt", "slot"], secretOutputs: ["password"] },
    ),
};

describe("a custom resource in a program", () => {
    for (const [title, { given, make, secretInputs, outputs, secretOutputs }] of Object.entries(cases)) {
        const [name = ""] = title.split(",");

        it(`hands on what it is made of, and hides what is secret of it: ${title}`, async () => {
            const engine = await mockEngine();
            make("one", engine.watch);
            await engine.settled();
            const type = `foundation:index:${name}`;
            expect(engine.registered).to.have.length(1);
            const [{ secrets, ...registered } = { secrets: [] }] = engine.registered;
            expect(registered).to.deep.equal({ type, name: "one", inputs: given });
            expect(secrets).to.have.members(secretInputs);
            expect(engine.options.get("one")?.additionalSecretOutputs ?? []).to.have.members(secretOutputs);
        });

        it(`gives what the engine says of it to the program: ${title}`, async () => {
            const told = Object.fromEntries(outputs.map((output) => [output, `the ${output}`]));
            const engine = await mockEngine({ [`foundation:index:${name}`]: () => told });
            const resource = make("one", engine.watch);
            await engine.settled();
            expect(resource).to.include.keys(Object.keys(given));
            const read = resource as unknown as Readonly<Record<string, Output<unknown>>>;
            for (const output of outputs) {
                expect(await valueOf(read[output] ?? Output.create("nothing"))).to.equal(told[output]);
            }
        });
    }

    for (const name of ["ComposeProject", "EmittedFiles"]) {
        it(`makes way for the one in its place, of which it would take what is there: ${name}`, async () => {
            const engine = await mockEngine();
            cases[name]?.make("one", engine.watch);
            await engine.settled();
            expect(engine.options.get("one")?.deleteBeforeReplace).to.equal(true);
        });
    }
});
