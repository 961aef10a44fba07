import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { buildSecrets, missingSecrets } from "../../../../components/resources/pushedImage/secrets.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { withEnvironment } from "../../../toolchain/support.ts";
import { inputsFor } from "./standIn.ts";

describe("the secrets of a build", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const inputs = inputsFor("localhost:5051");

    it("are none where none are configured", () => {
        expect(buildSecrets(inputs, "/project")).to.deep.equal({ args: [], env: {}, texts: [] });
        expect(missingSecrets(inputs, "/project")).to.deep.equal([]);
    });

    it("have SSH keys below ~ where the user's home is, for no shell is there to say so", () => {
        const ssh = ["default", "ci=~/.ssh/id", "work=~work/.ssh/id", "odd=/keys/~/id"];
        expect(buildSecrets({ ...inputs, ssh }, "/project").args).to.deep.equal([
            ...["--ssh", "default", "--ssh", `ci=${os.homedir()}/.ssh/id`],
            ...["--ssh", "work=~work/.ssh/id", "--ssh", "odd=/keys/~/id"],
        ]);
    });

    describe("in files", () => {
        before(function () {
            if (process.platform === "win32") this.skip();
        });

        it("are below the project, or below the user's home", () => {
            const root = folder({ "dir~/token": "in the project" });
            // The real one: where a test has put an object in the place of process.env, the system knows nothing of it.
            const home = fs.mkdtempSync(path.join(os.homedir(), ".foundation-test-"));
            try {
                fs.writeFileSync(path.join(home, "token"), "at home");
                const far = `~/${path.basename(home)}/token`;
                const secrets = { near: { file: "dir~/token" }, far: { file: far } };
                expect(missingSecrets({ secrets }, root)).to.deep.equal([]);
                expect(buildSecrets({ ...inputs, secrets }, root).args).to.deep.equal([
                    ...["--secret", `id=near,src=${root}/dir~/token`],
                    ...["--secret", `id=far,src=${home}/token`],
                ]);
            } finally {
                fs.rmSync(home, { recursive: true });
            }
        });

        it("may have names with quotes, which CSV doubles", () => {
            const root = folder({ 'a"b': "" });
            expect(buildSecrets({ ...inputs, secrets: { one: { file: 'a"b' } } }, root).args).to.deep.equal([
                ...["--secret", `id=one,"src=${root}/a""b"`],
            ]);
        });

        it("are missing where a folder is in their place, as Docker makes one for a mount", () => {
            const root = folder({ "token/x": "" });
            expect(missingSecrets({ secrets: { one: { file: "token" } } }, root)).to.deep.equal([
                "one: token can't be read (it is no file); put it there",
            ]);
        });
    });

    for (const [title, secret, hidden] of [
        ["a part of an address's path", "index-url = https://pypi.example/hush-1/simple\n", ["hush-1"]],
        ["values that only names are between", "<a>hush-1</a><b>hush-2</b>", ["hush-1", "hush-2"]],
        ["a login before a host", "https://me:hush-1@pypi.example/simple", ["hush-1"]],
    ] as const) {
        it(`may not be shown in parts, as ${title}, and nothing else is hidden for them`, () => {
            setEnvironment("SECRET", secret);
            const { texts } = buildSecrets({ ...inputs, secrets: { one: { env: "SECRET" } } }, "/project");
            expect(texts).to.include.members([...hidden]);
            const words = texts.flatMap((text) => text.split(/[^\w-]+/));
            expect(words.filter((word) => !secret.includes(word))).to.deep.equal([]);
        });
    }
});
