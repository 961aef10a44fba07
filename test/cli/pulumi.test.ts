import { delimiter } from "node:path";
import { expect } from "chai";
import { pulumi } from "../../cli/pulumi/run.ts";
import { Problem } from "../../components/problem.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "../toolchain/support.ts";

describe("what Pulumi says", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    async function complaint(stderr: string): Promise<string> {
        const bin = folder({ said: stderr });
        fakeProgram(bin, "pulumi", `cat "${bin}/said" >&2; exit 255`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        try {
            await pulumi(bin, ["stack", "output", "--json"]);
        } catch (error) {
            if (error instanceof Problem) return error.message;
        }
        throw new Error("expected a problem");
    }

    for (const [title, stderr, told] of [
        [
            "no stack",
            "error: no stack selected; please use `pulumi stack select`\n",
            /^no stack is selected; /,
        ],
        [
            "a stack that isn't there",
            "warning: A new version of Pulumi is available\nerror: no stack named 'x' found\n",
            /^there is no stack named 'x' found; `pulumi stack ls`/,
        ],
        [
            "no backend",
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n",
            /^pulumi is not logged in to a backend; run `pulumi login`/,
        ],
        [
            "a backend that can't be reached",
            "Logging in using access token from PULUMI_ACCESS_TOKEN\nerror: performing HTTP request: connection refused\n",
            /^pulumi stack output failed \(performing HTTP request: connection refused\); see whether/,
        ],
        ["nothing", "", /^pulumi stack output failed \(exit code 255\); see whether it works by itself$/],
    ] as const) {
        it(`is one sentence with its remedy: ${title}`, async () => {
            expect(await complaint(stderr)).to.match(told);
        });
    }
});
