import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { namedLast, namesOf } from "../../../cli/retention/names.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

const digest = (number: number) => `sha256:${String(number).repeat(64)}`;
const server = "registry.example";

describe("who names an image", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** A deployed clone, and what Pulumi says of each stack. */
    function cloneWith(stacks: Readonly<Record<string, string>>): string {
        const root = projectIn(folder);
        publish(root, 1);
        const bin = folder({
            ls: JSON.stringify(Object.keys(stacks).map((name) => ({ name }))),
            ...Object.fromEntries(Object.entries(stacks).map(([name, text]) => [`out-${name}`, text])),
        });
        const script = [
            `case "$*" in`,
            `"stack ls "*) cat "${bin}/ls" ;;`,
            ...Object.keys(stacks).map((name) => `*"--stack ${name} "*) cat "${bin}/out-${name}" ;;`),
            `*) echo "error: unexpected $*" >&2; exit 1 ;; esac`,
        ];
        fakeProgram(bin, "pulumi", script.join("\n"));
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        return root;
    }

    function publish(root: string, number: number): void {
        emit(root, { image: `${server}/foundation:content-${number}`, digest: digest(number), stack: "dev" });
    }

    const git = (root: string, ...args: string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example", ...args], { cwd: root });

    function commit(root: string, day = 1): void {
        setEnvironment("GIT_COMMITTER_DATE", `2026-01-0${day}T00:00:00Z`);
        git(root, "add", "--force", "foundation.lock.json");
        git(root, "commit", "--quiet", "--message", "published");
    }

    const namedIn = async (root: string, repository = "foundation") => {
        const { tags, digests } = (await namesOf(new Clone(root)))(repository);
        return { tags: [...tags].sort(), digests: [...digests].sort() };
    };

    it("are the emitted files and the channel, where there is neither Git nor a stack", async () => {
        const root = cloneWith({});
        fs.appendFileSync(path.join(root, "apps/one/.env"), `FOUNDATION_IMAGE=${server}/foundation:mine\n`);
        expect(await namedIn(root)).to.deep.equal({
            tags: ["content-1", "latest", "mine"],
            digests: [digest(1)],
        });
        expect(await namedIn(root, "another")).to.deep.equal({ tags: [], digests: [] });
    });

    it("are all stacks, with every image, and one that has published nothing", async () => {
        const image = (name: string, number: number) => ({
            image: `${server}/${name}:content-${number}`,
            digest: digest(number),
        });
        const several = { ...image("foundation", 2), images: { java: image("java", 3) } };
        const root = cloneWith({ prod: JSON.stringify(several), new: "{}" });
        expect((await namedIn(root)).digests).to.deep.equal([digest(1), digest(2)]);
        expect(await namedIn(root, "java")).to.deep.equal({ tags: ["content-3"], digests: [digest(3)] });
    });

    it("are branches and tags, also those of a remote, in their last state; an age ends with the last of them", async () => {
        const root = cloneWith({});
        git(root, "init", "--quiet", "--initial-branch", "main");
        for (const [number, branch] of [
            [2, "release"],
            [3, "main"],
            [4, "main"],
        ] as const) {
            publish(root, number);
            git(root, "checkout", "--quiet", "-B", branch);
            commit(root, number);
        }
        for (const [number, name] of [
            [5, "refs/tags/v1"],
            [6, "refs/remotes/origin/next"],
        ] as const) {
            git(root, "checkout", "--quiet", "--force", "--detach", "main");
            publish(root, number);
            commit(root, number);
            git(root, "update-ref", name, "HEAD");
        }
        git(root, "checkout", "--quiet", "--force", "main");
        publish(root, 1);
        const { digests } = await namedIn(root);
        expect(digests).to.deep.equal([1, 2, 4, 5, 6].map(digest));
        // A digest's last day is that of the commit that puts another in its place.
        const days = { 2: 3, 3: 4, 4: 6, 5: 5, 6: 6 };
        expect(Object.fromEntries(await namedLast(root))).to.deep.equal(
            Object.fromEntries(
                Object.entries(days).map(([number, day]) => [digest(Number(number)), Date.UTC(2026, 0, day)]),
            ),
        );
    });

    it("are not guessed where a stack or a branch can't be read", async () => {
        const failing = cloneWith({ prod: "{}" });
        const bin = folder({});
        fakeProgram(
            bin,
            "pulumi",
            `case "$*" in "stack ls "*) echo '[{"name":"prod"}]' ;; *) exit 1 ;; esac`,
        );
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const message = async (root: string) =>
            namesOf(new Clone(root)).then(
                () => "none",
                (error: unknown) => String(error),
            );
        expect(await message(failing)).to.include("pulumi stack output failed");
        const root = cloneWith({});
        git(root, "init", "--quiet", "--initial-branch", "main");
        const file = path.join(root, "foundation.lock.json");
        const text = fs.readFileSync(file, "utf8");
        fs.writeFileSync(file, "{}");
        commit(root);
        fs.writeFileSync(file, text);
        expect(await message(root)).to.include("foundation.lock.json of another branch is no manifest");
        fakeProgram(bin, "git", 'echo "fatal: detected dubious ownership" >&2; exit 128');
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        expect(await message(root)).to.include("detected dubious ownership");
    });
});
