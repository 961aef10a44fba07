import { expect } from "chai";
import {
    judge,
    mayHoldExceptions,
    readIgnoreRules,
    RefusedRule,
} from "../../../components/render/dockerignore.ts";

/** Whether a path is ignored, each of its folders having been judged before it. */
function ignores(text: string, path: string): boolean {
    const rules = readIgnoreRules(text);
    const parts = path.split("/");
    let verdict: ReturnType<typeof judge> | undefined;
    for (const index of parts.keys()) verdict = judge(rules, parts.slice(0, index + 1).join("/"), verdict);
    return verdict?.ignored ?? false;
}

// The answers are those of moby/patternmatcher 0.6.1, as test/components/workspace/buildContextBuildKit.test.ts has
// them from BuildKit for rules at random.
const cases: Readonly<Record<string, readonly { rules: string; ignored?: string[]; kept?: string[] }[]>> = {
    "takes every letter as it is written": [
        { rules: "build", ignored: ["build", "build/x"], kept: ["Build", "BUILD/x", "builds", "a/build"] },
        { rules: "libstdc++", ignored: ["libstdc++"], kept: ["libstdccc"] },
        { rules: "a.b(c)$", ignored: ["a.b(c)$"], kept: ["axb(c)$"] },
        { rules: "*.b(c)+$", ignored: ["a.b(c)+$"], kept: ["axb(c)+$", "a.b(c)"] },
        { rules: "*.{js,ts}", ignored: ["a.{js,ts}"], kept: ["a.js"] },
        { rules: "日本*", ignored: ["日本", "日本é"] },
        { rules: "?", ignored: ["é", "𝒳"], kept: ["ab", "e\u0301"] },
        { rules: "é", kept: ["e\u0301"] },
    ],
    "keeps one * within a folder, and takes ** for any number of them": [
        { rules: "*.log", ignored: ["a.log", ".log"], kept: ["a/b.log"] },
        { rules: "*/*.log", ignored: ["a/b.log"], kept: ["b.log", "a/b/c.log"] },
        { rules: "**/*.log", ignored: ["b.log", "a/b.log", "a/b/c.log"] },
        { rules: "**/a", ignored: ["a", "x/a", "x/y/a/z"], kept: ["xa", "x/ya"] },
        { rules: "**a", ignored: ["a", "xa", "x/ya"], kept: ["ab"] },
        { rules: "a/**", ignored: ["a/b", "a/b/c"], kept: ["a"] },
        { rules: "a**", ignored: ["a", "ab/c"], kept: ["b/a"] },
        { rules: "a/**/b", ignored: ["a/b", "a/x/b", "a/x/y/b"], kept: ["a/xb"] },
        { rules: "a**b", ignored: ["ab", "a/b", "ax/b"], kept: ["axb"] },
        { rules: "**", ignored: ["a", ".a", "a/b"] },
        { rules: "a*/**", ignored: ["ab/c", "a/b/c"], kept: ["a", "ab"] },
        { rules: "a**/**", ignored: ["a", "ab"], kept: ["b"] },
        { rules: "a/**b/**", ignored: ["a/b/c"], kept: ["a/xb/c", "a/x/y", "a/b"] },
        { rules: "**/a**", ignored: ["a", "x/a/y", "b/ac"], kept: ["x/b"] },
    ],
    "knows classes of characters": [
        { rules: "[a-c]x", ignored: ["ax", "cx"], kept: ["dx", "Ax"] },
        { rules: "[^a]x", ignored: ["bx"], kept: ["ax"] },
        { rules: "[!a]x", ignored: ["ax", "!x"], kept: ["bx"] },
        { rules: "[[:digit:]]", ignored: ["7"], kept: ["a"] },
        { rules: "\\p{Greek}", ignored: ["α"], kept: ["a"] },
        { rules: "[[:^digit:]a]", ignored: ["a", "b"], kept: ["7"] },
        { rules: "[.]x", ignored: [".x"], kept: ["ax"] },
        { rules: "[\\]]", ignored: ["]"] },
        { rules: "a[^b]c", ignored: ["a/c"] },
        { rules: "a]*", ignored: ["a]"] },
        // What Docker makes of a wildcard in a class: `[`, then anything but what belongs to it.
        { rules: "[*]", ignored: ["[^]", "]"], kept: ["*"] },
    ],
    "takes a special character for itself behind a \\": [
        { rules: "\\*", ignored: ["*"], kept: ["a"] },
        { rules: "\\[a\\]", ignored: ["[a]"], kept: ["a"] },
        { rules: "a\\\\b", ignored: ["a\\b"] },
        { rules: "a\\.b*", ignored: ["a.bc"], kept: ["axbc"] },
        { rules: "\\!a", ignored: ["!a"], kept: ["a"] },
        { rules: "\\#a", ignored: ["#a"] },
        { rules: "src\\*.c", ignored: ["src*.c"], kept: ["src/a.c", "srca.c"] },
    ],
    "reads what Go reads in the rest of a regular expression": [
        { rules: "a\\db", ignored: ["a7b"], kept: ["adb"] },
        { rules: "\\w\\W", ignored: ["a-"], kept: ["aa"] },
        { rules: "\\x41\\x{e9}\\101", ignored: ["AéA"] },
        { rules: "\\Qa.b", kept: ["a.b"] },
        { rules: "\\Qa\\E*", ignored: ["ab"] },
        { rules: "a|b/**", ignored: ["a|b/c"], kept: ["b/c", "a"] },
        { rules: "a|b*", ignored: ["a", "ax", "xb", "x/bc"], kept: ["c"] },
        { rules: "a{2}*", ignored: ["aab"], kept: ["ab", "a{2}"] },
        { rules: "a{,2}*", ignored: ["a{,2}"], kept: ["aa"] },
        { rules: "a^*", kept: ["a^", "a"] },
        { rules: "**b", kept: ["a\n/c"] },
        { rules: "a**/b?", ignored: ["a/bc"], kept: ["a\n/bc"] },
    ],
    "reads lines as they come": [
        { rules: "\uFEFFa\r\nb\r\n\r\n", ignored: ["a", "b"] },
        { rules: "# a\n #a\n", ignored: ["#a"], kept: ["# a", "a"] },
        { rules: "\uFEFF# a\n", kept: ["# a", "a"] },
        { rules: "\t a \u00a0\u0085\nb\n", ignored: ["a", "b"] },
        { rules: "a b", ignored: ["a b"] },
        { rules: "a\uFEFFb", ignored: ["a\uFEFFb"], kept: ["ab"] },
        { rules: "*\uFEFFb", ignored: ["a\uFEFFb"], kept: ["ab"] },
        {
            rules: "\n\uFEFFa*\n\uFEFFb\n\uFEFF**/c",
            ignored: ["ab", "\uFEFFb"],
            kept: ["b", "c", "\uFEFFx/c", "x*/c"],
        },
    ],
    "shortens paths": [
        { rules: "/a\n./b/\nc//d\ne/./f\ng/../h\n", ignored: ["a", "b", "c/d", "e/f", "h"], kept: ["g"] },
        { rules: "../a\n/../b\n", ignored: ["b"], kept: ["a"] },
        { rules: ".\n/\n./.\n..\n", kept: ["a", ".a"] },
        { rules: "*\n! /a/\n!./b\n", ignored: ["c"], kept: ["a", "b"] },
    ],
    "brings back by exceptions, of which the last one counts": [
        { rules: "*\n!a", ignored: ["b"], kept: ["a", "a/b"] },
        { rules: "!a\n*", ignored: ["a"] },
        { rules: "a\n!a/b\na/b/c", ignored: ["a", "a/x", "a/b/c"], kept: ["a/b", "a/b/d"] },
        { rules: "a\n! !a\n!!a", ignored: ["a"] },
        // The folder wasn't ignored, so that it doesn't meet the exception; nor does what it holds.
        { rules: "a/b\n!a", ignored: ["a/b"], kept: ["a"] },
    ],
};

describe(".dockerignore", () => {
    for (const [title, examples] of Object.entries(cases)) {
        it(title, () => {
            for (const { rules, ignored = [], kept = [] } of examples) {
                for (const path of [...ignored, ...kept]) {
                    expect(ignores(rules, path), JSON.stringify({ rules, path })).to.equal(
                        ignored.includes(path),
                    );
                }
            }
        });
    }

    it("is looked through for exceptions only below folders that they may be in", () => {
        const may = (exception: string, folder: string) =>
            mayHoldExceptions(readIgnoreRules(`*\n!${exception}`), folder);
        expect(may("a/b", "a")).to.equal(true);
        expect(may("a/b", "b")).to.equal(false);
        expect(may("a/b", "a/bc")).to.equal(false);
        expect(may("a/**", "a")).to.equal(true);
        expect(may("**/b", "c")).to.equal(true);
        expect(may("a/[b]", "c")).to.equal(true);
        expect(may("a/*", "a")).to.equal(true);
        expect(may("a/*", "c")).to.equal(false);
        expect(may("a/*b", "c")).to.equal(true);
        expect(may("a/**/b", "c")).to.equal(true);
        // Here BuildKit overlooks what a rule asks for.
        expect(may("a/*/**", "a/b")).to.equal(false);
        expect(mayHoldExceptions(readIgnoreRules("a"), "a")).to.equal(false);
    });

    it("names every faulty rule at once", () => {
        const faulty = [
            "\t[ ",
            "[a",
            "[a-",
            "[a-]",
            "[]",
            "[]a]",
            "[^]",
            "[-a]",
            "a\\",
            "!",
            "!/",
            "! [",
            "*[",
            ".*[",
            "\\.*[",
            "?*[",
            "[.]*[",
            "[^a]*[",
        ];
        const refused = expect(() => readIgnoreRules(["# [", "good", ...faulty].join("\n"))).to.throw(
            RefusedRule,
            "Docker refuses the rule",
        );
        refused.with.property("rules").that.has.lengthOf(faulty.length);
        refused.with.nested.include({ "rules[0].line": 3, "rules[0].text": "[" });
    });

    it("refuses some rules only when they are needed", () => {
        for (const rule of [
            "[b-a]",
            "a\\yb",
            "\\1",
            "a{2}{3}*",
            "a{1001}*",
            "|{2}*",
            "*a*[",
            "a*[",
            "a.*[",
            ".a*[",
            "[a]*[",
            "\\x2e*[",
            "\\\u2028a",
            "[[:no:]]",
            "[\\b]",
            "\\p{Klingon}",
        ]) {
            const rules = readIgnoreRules(`good\n${rule}`);
            expect(judge(rules, "good").ignored, rule).to.equal(true);
            expect(() => judge(rules, "other"), rule)
                .to.throw(RefusedRule)
                .with.nested.property("rules[0].line", 2);
        }
    });

    it("takes well under a second for many stars in a rule and many letters in a name", () => {
        const rules = readIgnoreRules("*a*a*a*a*a*a*a*b");
        const start = performance.now();
        expect(judge(rules, "a".repeat(100)).ignored).to.equal(false);
        expect(performance.now() - start).to.be.lessThan(1000);
    });
});
