import { expect } from "chai";
import { loginCommand, stackReadme } from "../../../components/render/readme.ts";

const values = {
    server: "localhost:5050",
    image: "localhost:5050/foundation:content-0123456789ab",
    digest: `sha256:${"a".repeat(64)}`,
    loginCommand: loginCommand("localhost:5050", "foundation-pull", "dev"),
    ownLogin: false,
    pullPasswordExpiresAt: "never",
    folder: "foundation",
    apps: ["apps/shop", "apps/blog"],
};

describe("stackReadme", () => {
    it("has commands that can be pasted one after the other, each from the project's folder", () => {
        const commands = stackReadme(values)
            .split("\n")
            .filter((line) => line.startsWith("    "))
            .map((line) => line.trim());
        expect(commands).to.deep.equal([
            values.loginCommand,
            "(cd apps/shop && docker compose up)",
            "(cd foundation && docker compose build)",
            "(cd apps/shop && docker compose up --build)",
            "(cd foundation && docker compose pull)",
            "(cd apps/shop && docker compose up --build)",
        ]);
    });

    it("tells what was deployed, for which apps and until when the password is valid", () => {
        expect(stackReadme(values)).to.include(
            [
                `| image | \`${values.image}\` |`,
                `| digest | \`${values.digest}\` |`,
                "| registry | `localhost:5050` |",
                "| pull password expires | never |",
                "| apps | apps/shop, apps/blog |",
                "",
                "Log in once on each machine, unless `foundation start` has done it (`foundation login` does it again):",
            ].join("\n"),
        );
    });

    it("logs in with the password over standard input", () => {
        expect(values.loginCommand).to.equal(
            "pulumi stack output pullPassword --show-secrets --stack dev | docker login localhost:5050 --username foundation-pull --password-stdin",
        );
    });

    it("quotes folders as a shell wants them", () => {
        const text = stackReadme({ ...values, folder: "base images/main", apps: ["apps/it's"] });
        expect(text).to.include("(cd 'base images/main' && docker compose build)");
        expect(text).to.include(String.raw`(cd 'apps/it'\''s' && docker compose up)`);
    });

    it("has no way into the folder that one is in", () => {
        const text = stackReadme({ ...values, apps: ["."] });
        expect(text).to.include("\n    docker compose up --build\n").and.not.include("cd .");
    });

    it("has everybody log in with an account of their own where there is none for all", () => {
        const text = stackReadme({
            ...values,
            ...{ loginCommand: "docker login ghcr.io", ownLogin: true, pullPasswordExpiresAt: undefined },
        });
        expect(text).to.include(
            "an account of your own that may pull, unless everybody may:\n\n    docker login ghcr.io",
        );
        expect(text).to.not.include("expires").and.not.include("undefined");
        expect(text).to.include(`| registry | \`localhost:5050\` |\n| apps |`);
    });

    it("shows where an app would be while there is none", () => {
        const text = stackReadme({ ...values, apps: [] });
        expect(text).to.include("none yet: add a folder with a Dockerfile under `apps/`");
        expect(text).to.include("(cd apps/<app> && docker compose up)");
    });
});
