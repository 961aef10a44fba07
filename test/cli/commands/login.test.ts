import { delimiter } from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { run } from "../../../cli/commands/login.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("login, when Docker says no", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    /** What is told when `docker login` fails with this, and Docker's settings are these. */
    async function complaint(stderr: string, settings: object = {}): Promise<string> {
        const root = folder({
            "foundation/.env":
                "FOUNDATION_IMAGE='localhost:5050/f:1'\nFOUNDATION_DIGEST='sha256:1'\nFOUNDATION_STACK='dev'\n",
            "docker/config.json": JSON.stringify(settings),
            "bin/said": stderr,
        });
        fakeProgram(`${root}/bin`, "docker", `cat >/dev/null; cat "${root}/bin/said" >&2; exit 1`);
        setEnvironment("PATH", [`${root}/bin`, process.env["PATH"] ?? ""].join(delimiter));
        setEnvironment("DOCKER_CONFIG", `${root}/docker`);
        setEnvironment("FOUNDATION_PULL_USERNAME", "foundation-pull");
        setEnvironment("FOUNDATION_PULL_PASSWORD", "secret");
        try {
            await run({ clone: new Clone(root), options: {} });
        } catch (error) {
            if (error instanceof Problem) return error.message.replaceAll(root, "");
        }
        throw new Error("expected a problem");
    }

    const unsaved = "Error saving credentials: error storing credentials - err: ";
    for (const [title, stderr, settings, told] of [
        [
            "a credential helper that is missing",
            `${unsaved}exec: "docker-credential-secretservice": executable file not found in $PATH, out: \`\``,
            { credsStore: "secretservice" },
            /^localhost:5050 takes the password, but Docker can't keep it \(.*\); install docker-credential-secretservice \(https:\S+\), or take "secretservice" out of \/docker\/config\.json$/,
        ],
        [
            "a credential helper that fails",
            `${unsaved}exit status 1, out: \`permission denied\``,
            { credHelpers: { "localhost:5050": "pass" } },
            /; see whether docker-credential-pass works by itself, or take "pass" out of/,
        ],
        [
            "settings that can't be written",
            "Error saving credentials: open /docker/config.json123: permission denied",
            {},
            /^localhost:5050 takes the password, .*; see whether you may write \/docker\/config\.json$/,
        ],
        [
            "a registry that keeps silent",
            'Error response from daemon: Get "http://localhost:5050/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
            {},
            /^localhost:5050 does not answer \(.*\); see whether the registry is up/,
        ],
        [
            "a registry that is down",
            'Error response from daemon: Get "http://localhost:5050/v2/": dial tcp 127.0.0.1:5050: connect: connection refused',
            {},
            /^localhost:5050 does not let anybody log in \(.*connection refused\); .*`pulumi up` starts a local one$/,
        ],
        [
            "a password that is refused",
            "Error response from daemon: login attempt to http://localhost:5050/v2/ failed with status: 401 Unauthorized",
            {},
            /^localhost:5050 refuses the password of foundation-pull, which may have expired; `pulumi up` makes a new one, to be put in FOUNDATION_PULL_PASSWORD; or unset that and FOUNDATION_PULL_USERNAME$/,
        ],
    ] as const) {
        it(`has the remedy for ${title}`, async () => {
            const message = await complaint(stderr, settings);
            expect(message).to.match(told);
        });
    }
});
