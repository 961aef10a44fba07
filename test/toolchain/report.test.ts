import { chmodSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { closingLine } from "../../toolchain/commands/test.ts";
import { describeFailure, exitCodeOf, remedyFor, Stopped } from "../../toolchain/failures.ts";
import { Problem } from "../../components/problem.ts";
import { duration, Report } from "../../toolchain/report.ts";
import { temporaryFolders } from "../support/folder.ts";
import { asNobody } from "../support/nobody.ts";

/** A report into a log, and what it has printed. */
function reportTo(options: { quiet?: boolean } = {}): { report: Report; printed: () => string } {
    const out = new PassThrough().setEncoding("utf8");
    let text = "";
    out.on("data", (chunk: string) => (text += chunk));
    return {
        report: new Report({ ...options, out: out as unknown as NodeJS.WriteStream }),
        printed: () => text,
    };
}

const instant = { title: "Part 1.0.0", how: "already here" };

describe("Report", () => {
    it("prints a line for a step, with the time it took", async () => {
        const { report, printed } = reportTo();
        await report.step("Part", () => Promise.resolve(instant));
        expect(printed()).to.match(/^ {2}✓ Part 1\.0\.0 +already here +0\.\ds\n$/);
    });

    it("says nothing of a step without work where it is to be quiet", async () => {
        const { report, printed } = reportTo({ quiet: true });
        await report.step("Part", () => Promise.resolve(instant));
        await report.step("Other", (step) => {
            step.doing("building");
            return Promise.resolve({ title: "Other 2.0.0", how: "built" });
        });
        expect(printed()).to.match(/^ {2}✓ Other 2\.0\.0 +built +\S+\n$/);
    });

    it("prints an announcement before the work it announces", async () => {
        const { report, printed } = reportTo();
        await report.step("Part", (step) => {
            step.announce("installing something");
            expect(printed()).to.equal("  ! installing something\n");
            return Promise.resolve(instant);
        });
    });

    it("does not begin a step whose need has failed, and ends the long work of the others", async () => {
        const { report, printed } = reportTo();
        const broken = report.step("Broken", () => Promise.reject(new Problem("no")));
        const long = report.step("Long", async (step) => {
            await new Promise((resolve) => {
                step.signal.addEventListener("abort", resolve);
            });
            throw new Stopped();
        });
        const later = report.step("Later", () => Promise.resolve(instant), [broken]);
        const results = await Promise.allSettled([broken, long, later]);
        expect(results.map(({ status }) => status)).to.deep.equal(["rejected", "rejected", "rejected"]);
        expect(printed()).to.match(/^ {2}✗ Broken +\S+\n$/);
    });
});

describe("duration", () => {
    const cases: [milliseconds: number, text: string][] = [
        [0, "0.0s"],
        [1234, "1.2s"],
        [9960, "10s"],
        [59_400, "59s"],
        [59_600, "1m00s"],
        [242_000, "4m02s"],
    ];
    for (const [milliseconds, text] of cases) {
        it(`writes ${milliseconds} ms as ${text}`, () => {
            expect(duration(milliseconds)).to.equal(text);
        });
    }
});

describe("closingLine", () => {
    it("adds up the runs", () => {
        const counts = [
            { passes: 10, failures: 0, pending: 0 },
            { passes: 2, failures: 1, pending: 0 },
        ];
        expect(closingLine(counts)).to.equal("12 passed, 1 failed");
        expect(closingLine([...counts, { passes: 0, failures: 0, pending: 3 }])).to.equal(
            "12 passed, 1 failed, 3 skipped",
        );
    });
});

describe("remedyFor", () => {
    const cases: [output: string, remedy: string][] = [
        ["npm error code ENOSPC", "the disk is full"],
        ["write /tmp/x: no space left on device", "the disk is full"],
        ["npm error request failed, reason: getaddrinfo EAI_AGAIN host", "the network does not answer"],
        ["dial tcp: lookup host: no such host", "the network does not answer"],
        ["mkdir /x: permission denied", "cannot be written"],
    ];
    for (const [output, remedy] of cases) {
        it(`knows "${output}"`, () => {
            expect(remedyFor(output)).to.include(remedy);
        });
    }

    it("makes nothing up", () => {
        expect(remedyFor("undefined: foo")).to.equal(undefined);
    });
});

describe("describeFailure", () => {
    it("is one sentence where the cause is known", () => {
        expect(describeFailure("building x", "a\nb: no space left on device\n")).to.equal(
            "building x failed: the disk is full: free some space, then run the same command again",
        );
    });

    it("shows the end of the output otherwise, and where the rest is", () => {
        const output = Array.from({ length: 20 }, (_, i) => `line ${i}`).join("\n");
        const text = describeFailure("building x", output, "/log");
        expect(text)
            .to.include("all of it is in /log")
            .and.to.include("line 19")
            .and.to.not.include("line 13");
    });
});

describe("exitCodeOf", () => {
    const folder = temporaryFolders();
    let said: string[];
    const say = (text: string): void => {
        said.push(text);
    };

    beforeEach(() => {
        said = [];
    });

    it("passes a code on", async () => {
        expect(await exitCodeOf(() => Promise.resolve(7), say)).to.equal(7);
        expect(said).to.deep.equal([]);
    });

    it("prints a problem's sentence and nothing else", async () => {
        expect(await exitCodeOf(() => Promise.reject(new Problem("install Go")), say)).to.equal(1);
        expect(said).to.deep.equal(["\ninstall Go"]);
    });

    it("prints every problem", async () => {
        const both = new AggregateError([new Problem("one"), new Problem("two")]);
        expect(await exitCodeOf(() => Promise.reject(both), say)).to.equal(1);
        expect(said).to.deep.equal(["\none", "\ntwo"]);
    });

    it("says what to do about a full disk that Node met", async () => {
        await exitCodeOf(() => Promise.reject(new Error("ENOSPC: no space left on device, write")), say);
        expect(said.join("")).to.include("free some space").and.to.not.include("    at ");
    });

    it("says to look at the rights of a folder, and is well once it can be written", async function () {
        if (process.platform === "win32") this.skip();
        const home = folder();
        const work = () =>
            exitCodeOf(
                () =>
                    asNobody(() => {
                        writeFileSync(`${home}/file`, "");
                        return Promise.resolve(0);
                    }),
                say,
            );
        chmodSync(home, 0o555);
        expect(await work()).to.equal(1);
        expect(said.join("")).to.match(
            /cannot be written: check who owns it, then run the same command again$/,
        );
        chmodSync(home, 0o777);
        expect(await work()).to.equal(0);
    });
});
