import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { unsetIn, withUnset } from "../../../components/render/composeInterpolation.ts";
import { assignmentsIn, variablesOf } from "../../../components/render/envVariables.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { remembered } from "../../support/remembered.ts";

describe("the variables of a .env", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();

    const texts: Readonly<Record<string, string>> = {
        "with export": "export A=1\nexport \t B=2\n",
        "in quotes": `A="x y"\nB='z'\n`,
        "with variables": "P=1\nA=$P-${P}\nB='$P'\n",
        "with variables in quotes": 'P=1\nA="$P \\$P"\nB=\\$P\n',
        "with defaults": "A=${Q:-${R:-x}}\nB=${A:+y}\n",
        "set again, from themselves": "A=1\nB=$A\nA=${A}2\n",
        "without an end of line": "A=1\nB=2",
        "behind a byte order mark": "\uFEFFA=1\nB=2\n",
        "with CRLF": "A=1 \r\nB='2'\r\n",
        "with a CR alone": "A=1\rB=2\r",
        "with comments": "# A=0\nA=1 # c\nB=2#c\n",
        "with comments after tabs and quotes": "A=1\t# c\nB='2' # c\n",
        "with a hash in quotes": `A="1 #2"\nB='1 # 2'\n`,
        "with colons": "A: 1\nB:2:3\n",
        "with spaces": "  A = 1\n\tB=  2  \n",
        "that are empty": "A=\nB=''\n",
        "without a value": "A\nB=1\n",
        "over several lines": `A="x\ny"\nB='x\n # y'\n`,
        "with escapes": `A="a\\nb\\t\\"c\\\\d\\qe"\nB='a\\nb\\'c\\\\d'\n`,
        "with every escape": `A="\\a\\b\\f\\n\\r\\t\\v"\nB="a\\'b \\\\\\" \\$$x"\nC='a\\"b\\\\'\nD=\\a\\n\n`,
        "with a line that goes on": `A="x\\\ny"\n`,
        "below empty lines": "\n\n\nA=1\nBCD=2\n \nE=3",
        "with a byte order mark within": "A=1\uFEFF2\nB=\uFEFF3\uFEFF\nC=\uFEFF\uFEFF# c\n",
        "of which there are none": " \n# A=1\n",
        "in backticks": "A=`x y`\nB=`1`#2\n",
        "with dollars": "A=$$x\nB=1$\n",
        "with quotes within": `A=it's\nB=x"y"\n`,
        "of other names": "A-B=1\nA.B=2\nA[0]=3\nÄ=4\nB=5\n",
        "with something after quotes": `A="1"\nB="x"\nC=3\n`,
        "of other letters": "A=é日\nB=\u00a01\n",
        "in the lines of one that is in quotes": `X="\nA=1\n"\nB=2\n`,
    };

    it("are those that Compose reads", async () => {
        const titles = Object.keys(texts);
        const services = titles.map((_, index) => [`s${index}`, { image: "x", env_file: `${index}.env` }]);
        const root = folder({
            "compose.yaml": JSON.stringify({ services: Object.fromEntries(services) as object }),
            ...Object.fromEntries(titles.map((title, index) => [`${index}.env`, texts[title] ?? ""])),
        });
        const { PATH, HOME } = process.env;
        const args = ["compose", "--file", path.join(root, "compose.yaml"), "config", "--format", "json"];
        const stdout = await remembered(texts, async () => {
            return (await execa("docker", args, { extendEnv: false, env: { PATH, HOME } })).stdout;
        });
        const config = JSON.parse(stdout.replaceAll("$$", "$")) as {
            readonly services: Record<string, { readonly environment?: Record<string, string> }>;
        };
        for (const [index, title] of titles.entries()) {
            const ours = Object.entries(variablesOf(assignmentsIn(texts[title] ?? ""))).map(
                ([name, value = ""]) => [name, withUnset(value)],
            );
            expect(Object.fromEntries(ours), title).to.deep.equal(
                config.services[`s${index}`]?.environment ?? {},
            );
        }
    });

    it("are those of the other lines where Compose refuses one", () => {
        const names = (text: string) => assignmentsIn(text).map(({ name }) => name);
        expect(names("not A=1\nB=2\n")).to.deep.equal(["B"]);
        expect(names("B=2\nnot A=1")).to.deep.equal(["B"]);
        expect(names("?")).to.deep.equal([]);
        // As where files that begin with a byte order mark were joined.
        expect(names("A=1\n\uFEFFB=2\nC\uFEFF=3\nexport\uFEFFD=4\n")).to.deep.equal(["A"]);
    });

    it("keep what nothing sets, and have the line that they begin in", () => {
        const found = assignmentsIn("# c\nA='x\ny'\n\nnot one\nB=$NO\n");
        expect(found.map(({ name, line }) => [name, line])).to.deep.equal([
            ["A", 2],
            ["B", 6],
        ]);
        expect(unsetIn(variablesOf(found)["B"] ?? "")).to.deep.equal(["NO"]);
    });
});
