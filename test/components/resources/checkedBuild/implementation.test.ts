import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { checkedBuild } from "../../../../components/resources/checkedBuild/implementation.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { contextIn } from "../../../support/context.ts";

describe("a checked build", () => {
    const folder = temporaryFolders();
    const { PATH } = process.env;

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => {
        process.env["PATH"] = PATH;
    });

    /** The failure of a build about which Docker says this. */
    async function failure(said: string): Promise<string> {
        const bin = folder({ said });
        const script = `#!/bin/sh\n[ "$1" = version ] && exit\ncat ${bin}/said\nexit 1\n`;
        fs.writeFileSync(path.join(bin, "docker"), script, { mode: 0o755 });
        process.env["PATH"] = `${bin}${path.delimiter}${PATH ?? ""}`;
        const inputs = {
            context: "foundation",
            builder: "default",
            buildArgs: {},
            platforms: [],
            noCache: false,
            server: "localhost:1",
            repository: "foundation",
            username: "u",
            password: "p",
        };
        return checkedBuild.create(inputs, contextIn(bin)).then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
    }

    for (const [title, said, told] of [
        [
            "a builder that there isn't",
            'ERROR: no builder "nosuch" found\n',
            /^the configured builder does not exist, .*`pulumi config set builder <value>`.*\nERROR: no builder/,
        ],
        [
            "a target that the Dockerfile doesn't have",
            '#1 DONE 0.0s\nERROR: failed to solve: target stage "nosuch" could not be found\n',
            /^the configured target is no stage of foundation\/Dockerfile, .*`pulumi config set target <value>`/,
        ],
        [
            "several platforms for a builder of one",
            "ERROR: Multi-platform build is not supported for the docker driver.\nSwitch to a different driver\n",
            /^the configured builder can't build for several platforms, /,
        ],
        [
            "a step that fails",
            '#5 0.1 ERROR: no builder "x" found\n------\n > RUN false\n------\nERROR: failed to solve\n',
            /^foundation\/Dockerfile does not build, .*mend it/,
        ],
    ] as const) {
        it(`that fails for ${title} says so`, async () => {
            expect(await failure(said)).to.match(told);
        });
    }
});
