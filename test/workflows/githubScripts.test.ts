import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { expect } from "chai";
import { which } from "../../toolchain/command.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram } from "../toolchain/support.ts";
import { readWorkflow } from "./workflow.ts";

/** The scripts of deploy.yml with a `gh` that answers as GitHub does and keeps what it is sent. */
describe("what deploy.yml tells GitHub", () => {
    const folder = temporaryFolders();
    let bin: string;

    before(function () {
        // GitHub's runners have both.
        if (which("jq") === undefined || which("bash") === undefined) this.skip();
    });

    beforeEach(() => {
        bin = folder();
    });

    interface Told {
        readonly requests: readonly string[];
        readonly sent: unknown;
    }

    /** Runs the last step of a job; `answers` has JSON by the end of the address. */
    function run(
        job: string,
        answers: Readonly<Record<string, unknown>>,
        env: Readonly<Record<string, string>>,
    ): Told {
        const cases = Object.entries(answers).map(
            ([end, answer]) => `*'${end}') answer='${JSON.stringify(answer)}' ;;`,
        );
        fakeProgram(
            bin,
            "gh",
            `[ "$1" = api ] || exit 9
            shift; filter=.; method=GET; input=; address=
            while [ $# -gt 0 ]; do
                case "$1" in
                    --jq) filter=$2; shift ;;
                    --method) method=$2; shift ;;
                    --input) input=$2; shift ;;
                    --paginate | --silent) ;;
                    *) address=$1 ;;
                esac
                shift
            done
            echo "$method $address" >>"${bin}/requests"
            case "$input" in '') ;; -) cat >"${bin}/sent" ;; *) cp "$input" "${bin}/sent" ;; esac
            case "$address" in
                ${cases.join("\n")}
                *) [ "$method" != GET ] || exit 8; answer='{"html_url": "https://github.test/pull/1"}' ;;
            esac
            printf '%s' "$answer" | jq --raw-output "$filter"`,
        );
        const { stdout, stderr, status } = spawnSync(
            "bash",
            [
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                readWorkflow("deploy.yml").jobs[job]?.steps.at(-1)?.run ?? "",
            ],
            {
                cwd: bin,
                encoding: "utf8",
                env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, STACK: "acme/foundation/prod", ...env },
            },
        );
        expect(status, stdout + stderr).to.equal(0);
        return {
            requests: fs.readFileSync(`${bin}/requests`, "utf8").trim().split("\n"),
            sent: fs.existsSync(`${bin}/sent`)
                ? JSON.parse(fs.readFileSync(`${bin}/sent`, "utf8"))
                : undefined,
        };
    }

    describe("of a preview", () => {
        const comments = "repos/acme/shop/issues/7/comments";
        const mark = "<!-- foundation preview of acme/foundation/prod -->";
        const comment = `${mark}\n### What would change\n"quoted" $HOME`;
        const env = { COMMENT: comment, COMMENTS: comments, RUN: "https://github.test/run" };
        const bot = { login: "github-actions[bot]" };
        const others = [
            { url: "https://api/1", user: { login: "somebody" }, body: `${mark} as they quoted it` },
            { url: "https://api/2", user: bot, body: "of another workflow" },
        ];

        it("is one new comment", () => {
            const { requests, sent } = run("comment", { [comments]: others }, env);
            expect(requests).to.deep.equal([`GET ${comments}`, `POST ${comments}`]);
            expect(sent).to.deep.equal({ body: comment });
        });

        it("takes the place of the one before", () => {
            const own = { url: "https://api/3", user: bot, body: `${mark}\nold` };
            const { requests, sent } = run("comment", { [comments]: [...others, own] }, env);
            expect(requests).to.deep.equal([`GET ${comments}`, "PATCH https://api/3"]);
            expect(sent).to.deep.equal({ body: comment });
        });

        it("leads to the log where there is no text", () => {
            const { sent } = run("comment", { [comments]: [] }, { ...env, COMMENT: "" });
            expect(sent).to.deep.equal({
                body: `${mark}\nThe preview is in [the log](https://github.test/run).`,
            });
        });
    });

    describe("of emitted files", () => {
        const env = { REPOSITORY: "repos/acme/shop", OWNER: "acme" };
        const text = {
            title: "Build on foundation:content-1",
            body: "The stack prod.\n\nFoundation-Stack: prod",
        };
        const branch = {
            "/matching-refs/heads/foundation/prod": [
                { ref: "refs/heads/foundation/prod" },
                { ref: "refs/heads/foundation/production" },
            ],
            "/commits/foundation/prod": { commit: { message: `${text.title}\n\n${text.body}` } },
        };
        const pulls = "/pulls?state=open&base=main&head=acme:foundation/prod";

        it("is nothing while there is no branch to merge", () => {
            const other = { ref: "refs/heads/foundation/production" };
            const { requests } = run(
                "pull-request",
                { "/matching-refs/heads/foundation/prod": [other] },
                env,
            );
            expect(requests).to.have.lengthOf(1);
        });

        it("is a pull request with the words of the commit", () => {
            const { requests, sent } = run("pull-request", { ...branch, [pulls]: [] }, env);
            expect(requests.at(-1)).to.equal("POST repos/acme/shop/pulls");
            expect(sent).to.deep.equal({ ...text, base: "main", head: "foundation/prod" });
        });

        it("is new words for the pull request that is open", () => {
            const { requests, sent } = run("pull-request", { ...branch, [pulls]: [{ number: 12 }] }, env);
            expect(requests.at(-1)).to.equal("PATCH repos/acme/shop/pulls/12");
            expect(sent).to.deep.equal(text);
        });
    });
});
