import { expect } from "chai";
import { stringify } from "yaml";
import { attempt, Problem } from "../../components/problem.ts";
import { readStackConfig } from "../../components/workspace/stackConfig.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Settings that can't be, by key, and what a person puts in the place of what stands between angle brackets. */
interface Wrong {
    readonly title: string;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly given: Readonly<Record<string, string>>;
    /** How many things are told. */
    readonly told: number;
}

const wrong: readonly Wrong[] = [
    {
        title: "of the wrong kind, or of none",
        settings: {
            foundaton: "x",
            registry: "cloud",
            channel: "a b",
            platforms: "linux/amd64",
            buildArgs: { A: 1.5, FOUNDATION_TAG: "x" },
            replaces: ["base", ""],
            apps: ["/services"],
            labels: "x",
            secrets: { "pip.conf": { env: "X", variable: "X" }, npm: "x" },
            cache: { to: ["x"], form: ["x"] },
            attest: ["proof"],
            pullPort: 0,
            lockTags: "perhaps",
            root: "/",
            images: { foundation: { folder: "/base", tags: "x", ssh: "default" } },
        },
        given: {
            registry: "local",
            channel: "latest",
            "platforms[0]": "linux/amd64",
            "buildArgs.A": "1.5",
            "replaces[1]": "acme/base",
            "apps[0]": "services/*",
            "labels.<name>": "x",
            "secrets.npm.env": "NPM_TOKEN",
            "cache.to[0]": "type=inline",
            "attest[0]": "sbom",
            pullPort: "5050",
            lockTags: "true",
            root: "..",
            "images.foundation.folder": "base",
            "images.foundation.ssh[0]": "default",
        },
        told: 19,
    },
    {
        title: "that don't go together",
        settings: {
            imageProvider: "docker",
            builder: "far",
            attest: ["sbom"],
            rebuild: "may",
            platforms: ["linux/amd64", "linux/arm64"],
            labels: { a: "b" },
            purgeAfterDays: 30,
            tokenRenewDays: 400,
            pushPort: 5050,
            pushUsername: "ci",
            pullUsername: "reader",
            secrets: { a: { config: "pip.conf" } },
        },
        given: { pushPort: "5051", tokenRenewDays: "20", pushPassword: "hidden", pullPassword: "hidden" },
        told: 9,
    },
    {
        title: "that anybody can read, or nobody",
        settings: {
            buildSecrets: { "pip.conf": "open", npm: "open" },
            pullUsername: "reader",
            pullPassword: "open",
            target: { secure: "v1:abc" },
        },
        given: { target: "slim", pullPassword: "hidden" },
        told: 4,
    },
    {
        title: "of an existing registry that isn't named, and images beside the short keys",
        settings: {
            registry: "existing",
            images: { java: {}, foundation: { tag: "v1" } },
            tag: "v2",
        },
        given: { server: "ghcr.io/acme" },
        told: 2,
    },
];

/** Pulumi's own command changes the file, and what `doctor` and `pulumi up` read it with judges. */
describe("settings that can't be", function () {
    this.timeout(120_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true });
        await sandbox.pulumi(["stack", "select", sandbox.stack]);
    });

    after(() => sandbox.dispose());

    const look = () => attempt(() => readStackConfig(sandbox.path("."), sandbox.stack));

    for (const { title, settings, given, told } of wrong) {
        it(`${title}, are right once each command that is told was run`, async () => {
            const file = `Pulumi.${sandbox.stack}.yaml`;
            const entries = Object.entries(settings).map(
                ([key, value]) => [`foundation:${key}`, value] as const,
            );
            sandbox.write(file, stringify({ config: Object.fromEntries(entries) }));
            const refused = look();
            if (!(refused instanceof Problem)) throw new Error("the configuration was accepted");
            expect(refused.parts.findings, refused.message).to.have.lengthOf(told);
            const commands = refused.message.matchAll(/`(pulumi config [^`]+)`/g);
            for (const command of new Set([...commands].map(([, text = ""]) => text))) {
                const key = /(?:set|rm)(?: --\w+(?: string)?)* '?([^' ]+)/.exec(command)?.[1] ?? "";
                const value = given[key] ?? "";
                const typed = command
                    .replace(key, key.replace("<name>", "name"))
                    .replace(/<[^>]+>.*/, `'${value}'`);
                const { output, exitCode } = await sandbox.run("bash", ["-c", typed], { input: "hidden" });
                expect(exitCode, `${typed}: ${output}`).to.equal(0);
            }
            const fixed = look();
            expect(fixed, fixed instanceof Problem ? fixed.message : "").not.to.be.instanceOf(Problem);
        });
    }
});
