import { expect } from "chai";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { aptInstall, parseLines, parseStanzas, releaseFiles } from "../../toolchain/apt.ts";
import { recipeFor } from "../../toolchain/parts/docker.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "./support.ts";

describe("aptInstall", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    it("asks nothing, and removes nothing that is there", async () => {
        const bin = folder({ calls: "" });
        fakeProgram(bin, "apt-get", `echo "$DEBIAN_FRONTEND $*" >>"${bin}/calls"`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        await aptInstall(["docker.io"]);
        const [update, install] = readFileSync(`${bin}/calls`, "utf8").split("\n");
        expect(update).to.include("update");
        expect(install).to.match(/^noninteractive install -y .*--no-remove .* docker\.io$/);
    });
});

describe("parseStanzas", () => {
    it("reads every suite of every mirror, past comments and stanzas that do not count", () => {
        const text = `Types: deb deb-src
# a comment
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb-src
URIs: http://sources.test/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://disabled.test/debian
Suites: bookworm
Components: main
`;
        const common = { uri: "http://mirror.test/debian", components: ["main", "contrib"] };
        const signedBy = "/usr/share/keyrings/debian.gpg";
        expect(parseStanzas(text)).to.deep.equal([
            { ...common, suite: "bookworm", signedBy },
            { ...common, suite: "bookworm-updates", signedBy },
        ]);
    });
});

describe("parseLines", () => {
    it("reads the one-line format with and without options", () => {
        const text = `# deb http://off.test/debian bookworm main
deb http://mirror.test/debian bookworm main contrib # kept
deb [arch=amd64 signed-by=/etc/key.gpg] http://other.test/debian bookworm-security main
deb-src http://mirror.test/debian bookworm main
`;
        expect(parseLines(text)).to.deep.equal([
            { uri: "http://mirror.test/debian", suite: "bookworm", components: ["main", "contrib"] },
            {
                uri: "http://other.test/debian",
                suite: "bookworm-security",
                components: ["main"],
                signedBy: "/etc/key.gpg",
            },
        ]);
    });
});

describe("releaseFiles", () => {
    it("lets the named packages come from the newer release, and no others", () => {
        const like = {
            uri: "http://mirror.test/debian",
            suite: "bookworm",
            components: ["main"],
            signedBy: "/key.gpg",
        };
        const { source, preferences } = releaseFiles("trixie", ["docker.io", "docker-cli"], like);
        expect(source).to.equal(
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nComponents: main\nSigned-By: /key.gpg\n",
        );
        expect(preferences).to.equal(
            "Package: *\nPin: release n=trixie\nPin-Priority: 100\n\n" +
                "Package: docker.io docker-cli\nPin: release n=trixie\nPin-Priority: 990\n",
        );
    });
});

describe("recipeFor", () => {
    it("takes Docker from trixie on bookworm only", () => {
        expect(recipeFor({ id: "debian", codename: "bookworm" })?.release).to.equal("trixie");
        expect(recipeFor({ id: "debian", codename: "trixie" })).to.have.property("packages");
        expect(recipeFor({ id: "debian", codename: "trixie" })).to.not.have.property("release");
    });

    it("knows Ubuntu's names", () => {
        expect(recipeFor({ id: "ubuntu", codename: "noble" })?.packages).to.include("docker-compose-v2");
    });

    it("has none for what is too old or not Debian", () => {
        expect(recipeFor({ id: "debian", codename: "bullseye" })).to.equal(undefined);
        expect(recipeFor({ id: "fedora", codename: "" })).to.equal(undefined);
    });
});
