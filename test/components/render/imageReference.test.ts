import { expect } from "chai";
import fc from "fast-check";

import {
    familiarReference,
    imageReference,
    parseReference,
    referenceProblem,
    repositoryProblem,
    serverOf,
    serverProblem,
    splitServer,
    tagProblem,
} from "../../../components/render/imageReference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("imageReference", () => {
    it("joins server, repository, tag and digest", () => {
        const base = { server: "localhost:5050", repository: "foundation" };
        expect(imageReference(base)).to.equal("localhost:5050/foundation");
        expect(imageReference({ ...base, tag: "content-0123456789ab" })).to.equal(
            "localhost:5050/foundation:content-0123456789ab",
        );
        expect(imageReference({ ...base, digest })).to.equal(`localhost:5050/foundation@${digest}`);
        expect(imageReference({ ...base, tag: "v1", digest })).to.equal(
            `localhost:5050/foundation:v1@${digest}`,
        );
    });
});

describe("a reference", () => {
    it("has a server, a repository and a tag", () => {
        expect(parseReference("localhost:5050/team/foundation:v1")).to.deep.equal({
            server: "localhost:5050",
            repository: "team/foundation",
            tag: "v1",
        });
    });

    it("has no tag where only its server has a colon, or only a digest follows", () => {
        const parts = { server: "localhost:5050", repository: "foundation" };
        expect(parseReference("localhost:5050/foundation")).to.deep.equal(parts);
        expect(parseReference(`localhost:5050/foundation@${digest}`)).to.deep.equal(parts);
    });

    it("has no server without a slash", () => {
        expect(parseReference("foundation:v1")).to.deep.equal({
            server: "",
            repository: "foundation",
            tag: "v1",
        });
    });
});

describe("a registry's name", () => {
    const host = `${"a".repeat(240)}.example`;
    for (const server of [
        "acme.azurecr.io",
        "docker.io/acme",
        "localhost",
        "localhost/team",
        "registry:5000",
        "[::1]:5050",
        "1.2.3.4",
        "Acme.example/team/base",
        `${host}/abcdef`,
    ]) {
        it(`may be ${server.slice(0, 30)}`, () => {
            expect(serverProblem(server)).to.equal(undefined);
        });
    }

    for (const server of [
        "",
        "acme",
        "localhosts",
        "acme/base",
        "https://acme.azurecr.io",
        "acme.azurecr.io/",
        "acme.azurecr.io/Team",
        "acme.azurecr.io/team/",
        "acme_.azurecr.io",
        ".azurecr.io",
        "acme.azurecr.io:",
        ":5000",
        // Docker takes at most 255 characters with a name behind it.
        `${host}/abcdefg`,
    ]) {
        it(`can't be ${JSON.stringify(server.slice(0, 30))}`, () => {
            expect(serverProblem(server)).to.equal(
                "must be a registry's host without https://, with or without a port and a path in lower case, such as ghcr.io/acme",
            );
        });
    }

    for (const server of ["index.docker.io", "index.docker.io/acme"]) {
        it(`of Docker Hub isn't ${server}`, () => {
            expect(serverProblem(server)).to.equal("must be docker.io/<namespace> for Docker Hub");
        });
    }

    for (const [server, host, prefix] of [
        ["ghcr.io", "ghcr.io", ""],
        ["ghcr.io/acme", "ghcr.io", "acme/"],
        ["localhost:5050/acme/base", "localhost:5050", "acme/base/"],
    ] as const) {
        it(`has the repositories of ${server} begin with ${JSON.stringify(prefix)}`, () => {
            expect(splitServer(server)).to.deep.equal({ host, prefix });
        });
    }
});

// As `docker pull` says where it looks for them.
describe("the server of an image", () => {
    for (const [image, server] of [
        ["debian", "docker.io"],
        ["debian:12", "docker.io"],
        ["acme/base", "docker.io"],
        ["localhosts/base", "docker.io"],
        ["my-localhost/base", "docker.io"],
        ["docker.io/library/debian", "docker.io"],
        ["index.docker.io/acme/base", "docker.io"],
        ["ghcr.io/acme/base:1", "ghcr.io"],
        ["localhost/base", "localhost"],
        ["registry:5000/base", "registry:5000"],
        ["Registry/base", "Registry"],
    ] as const) {
        it(`is ${server} for ${image}`, () => {
            expect(serverOf(image)).to.equal(server);
        });
    }
});

describe("repositoryProblem", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const separator = fc.oneof(fc.constantFrom(".", "_", "__"), fc.stringMatching(/^-{1,4}$/));
    const part = fc
        .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 3 }))
        .map(([first, rest]) => first + rest.flat().join(""));
    const repository = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

    it("accepts everything the OCI grammar makes", () => {
        fc.assert(
            fc.property(repository, (name) => {
                expect(repositoryProblem(name)).to.equal(undefined);
            }),
        );
    });

    it("refuses a valid name after an upper case letter, a space or an empty part gets into it", () => {
        fc.assert(
            fc.property(
                repository,
                fc.nat(),
                fc.constantFrom("A", " ", "//", "$", "\n", "é"),
                (name, at, bad) => {
                    const place = at % (name.length + 1);
                    expect(repositoryProblem(name.slice(0, place) + bad + name.slice(place))).to.match(
                        /^must /,
                    );
                },
            ),
        );
    });

    for (const name of ["Team/Base", "a//b", "/a", "a/", "-a", "a-", "a..b", "a___b", "a._b", "a:v1", ""]) {
        it(`refuses ${JSON.stringify(name)}`, () => {
            expect(repositoryProblem(name)).to.equal(
                'must be lower case letters and digits, with ".", "_", "__" or "-" between them and "/" between parts',
            );
        });
    }

    it("counts the registry's name and the slash into the 255 characters", () => {
        expect(repositoryProblem("a".repeat(255))).to.equal(undefined);
        expect(repositoryProblem("a".repeat(256))).to.match(/at most 255 characters .* not 256$/);
        expect(repositoryProblem("a".repeat(240), "localhost:5050")).to.equal(undefined);
        expect(repositoryProblem("a".repeat(241), "localhost:5050")).to.match(/not 256$/);
    });

    it("judges a long hostile name at once", () => {
        expect(repositoryProblem(`${"a-".repeat(120)}!`)).to.match(/^must be lower case/);
    });
});

describe("tagProblem", () => {
    for (const tag of ["latest", "content-0123456789ab", "V1.2_3", "_x", "a".repeat(128)]) {
        it(`accepts ${tag.slice(0, 30)}`, () => {
            expect(tagProblem(tag)).to.equal(undefined);
        });
    }

    for (const tag of ["", "-x", ".x", "v1 ", "v1\n", "a/b", "a:b", "é", "a".repeat(129)]) {
        it(`refuses ${JSON.stringify(tag.slice(0, 30))}`, () => {
            expect(tagProblem(tag)).to.equal(
                'must be 1 to 128 letters, digits, "_", "." or "-", the first a letter, a digit or "_"',
            );
        });
    }
});

describe("referenceProblem", () => {
    for (const reference of [
        "foundation",
        "foundation:v1",
        "acme/foundation",
        "acme.azurecr.io/team/foundation",
        "localhost/foundation",
        "localhost:5050/foundation:v1",
        "[::1]:5050/foundation",
        "Acme.example/foundation",
        `acme.azurecr.io/foundation:v1@${digest}`,
        "a:5000/foundation",
        "a-bc--de.f-gh--ij/foundation",
        `foundation@${digest}`,
        `foundation@sha384:${"0123456789abcdef".repeat(6)}`,
        `foundation@sha512:${"0123456789abcdef".repeat(8)}`,
    ]) {
        it(`accepts ${reference}`, () => {
            expect(referenceProblem(reference)).to.equal(undefined);
        });
    }

    for (const reference of [
        "",
        "https://acme.azurecr.io/foundation",
        "acme.azurecr.io/foundation:",
        "acme.azurecr.io/*",
        "acme.azurecr.io/",
        "acme.azurecr.io:port/foundation",
        "acme.azurecr.io/Foundation",
        "Foundation",
        "foundation v1",
        "foundation@sha256:01",
        `foundation@x${digest}`,
        `foundation@${digest}0`,
        `foundation@sha512:${"0123456789abcdef".repeat(4)}`,
        `foundation@sha384:${"0123456789abcdef".repeat(4)}`,
        `foundation@sha512+b64:${"0123456789abcdef".repeat(8)}`,
        `foundation@blake3:${"0123456789abcdef".repeat(4)}`,
        "foundation@sha512:0",
        `foundation@sha512:${"G".repeat(128)}`,
        "acme..io/foundation",
        "acme-.io/foundation",
        "acme.io./foundation",
        "a$/b.c/foundation",
        "_localhost/foundation",
        "acme.io/foundation\nx",
        "x\nfoundation:v1",
        "foundation@",
        "$BASE",
    ]) {
        it(`refuses ${JSON.stringify(reference)}`, () => {
            expect(referenceProblem(reference)).to.match(/^must be an image as in FROM/);
        });
    }
});

describe("familiarReference", () => {
    const cases: readonly (readonly [string, string])[] = [
        ["foundation", "foundation"],
        ["foundation:latest", "foundation"],
        ["foundation:v1", "foundation:v1"],
        ["library/foundation", "foundation"],
        ["library/foundation:latest", "foundation"],
        ["docker.io/foundation", "foundation"],
        ["docker.io/library/foundation:latest", "foundation"],
        ["index.docker.io/library/foundation", "foundation"],
        ["docker.io/acme/foundation", "acme/foundation"],
        ["docker.io/library/a/b", "library/a/b"],
        ["acme.azurecr.io/foundation:latest", "acme.azurecr.io/foundation"],
        ["acme.azurecr.io/library/foundation", "acme.azurecr.io/library/foundation"],
        ["localhost:5050/foundation", "localhost:5050/foundation"],
        [`foundation:latest@${digest}`, `foundation:latest@${digest}`],
    ];
    for (const [reference, familiar] of cases) {
        it(`shortens ${reference} to ${familiar}`, () => {
            expect(familiarReference(reference)).to.equal(familiar);
        });
    }
});
