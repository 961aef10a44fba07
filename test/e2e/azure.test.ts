import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { decodeJwt } from "jose";
import { clientsOf } from "../azure/clients.ts";
import { AzureSandbox } from "./azureSandbox.ts";

/** One stack in a fake Azure, in the order in which a team lives through it. */
describe("a stack in Azure", function () {
    this.timeout(300_000);
    let own: AzureSandbox;
    /** What processes were started with, while Pulumi ran. */
    const commandLines = new Set<string>();
    let watching: NodeJS.Timeout;

    before(async () => {
        own = await AzureSandbox.create();
        const { sandbox } = own;
        sandbox.write(
            "foundation/Dockerfile",
            "FROM debian:bookworm-slim\nARG FOUNDATION_TAG\nCOPY content /content\n",
        );
        for (const app of fs.readdirSync(sandbox.path("apps"))) {
            fs.rmSync(sandbox.path(`apps/${app}`), { recursive: true });
        }
        sandbox.write(
            "apps/reader/Dockerfile",
            'ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\nCMD ["cat", "/content"]\n',
        );
        watching = setInterval(() => {
            for (const line of runningCommands()) commandLines.add(line);
        }, 50);
    });

    after(async () => {
        clearInterval(watching);
        await own.dispose();
    });

    const urnOf = (type: string): string => {
        const urn = new RegExp(`"(urn:pulumi:[^"]*${type}::[^"]*)"`).exec(own.state())?.[1];
        if (urn === undefined) throw new Error(`there is no ${type} in the state`);
        return urn;
    };

    async function expectNoChanges(): Promise<void> {
        own.azure.control.forgetCalls();
        await own.up("--expect-no-changes");
        expect(own.generated()).to.deep.equal([]);
    }

    describe("from nothing", () => {
        it("is previewed without changing anything, and without asking for a credential to push", async () => {
            const { output, exitCode } = await own.tryPulumi("preview");
            expect(exitCode, output).to.equal(0);
            expect(own.azure.resourceManager.resources).to.deep.equal([]);
            expect(own.count("registry.exchange")).to.equal(0);
        });

        it("gives a registry whose server is the one that Azure names, also in the emitted files", async () => {
            await own.up();
            const outputs = await own.outputs();
            const server = outputs["registryServer"] ?? "";

            expect(server).to.match(/^localhost:\d+$/);
            expect(outputs).to.include({ pullUsername: "foundation-pull" });
            expect(outputs["image"]).to.match(new RegExp(`^${server}/foundation:content-[0-9a-f]{12}$`));
            for (const file of ["foundation/.env", "apps/reader/.env"]) {
                expect(own.sandbox.read(file)).to.include(`FOUNDATION_IMAGE='${outputs["image"] ?? ""}'`);
            }
            expect(own.count("registry.exchange")).to.equal(1);
        });

        it("lets developers in with the outputs alone: docker login, docker compose up", async () => {
            const { sandbox } = own;
            // The machine that published it has the image; developers don't.
            await sandbox.docker("image", "rm", "--force", (await own.outputs())["image"] ?? "");
            await sandbox.login();
            expect(await sandbox.compose("apps/reader", "up")).to.include("official");
            await sandbox.compose("apps/reader", "down");
        });

        it("is left alone by the next deployment, with two requests to the registry and none to Resource Manager", async () => {
            await expectNoChanges();
            expect(own.azure.control.calls.map(({ operation }) => operation)).to.deep.equal([
                // azure-native's, when it is configured with a metadata host.
                "metadata.get",
                "registry.data",
                "registry.token",
            ]);
        });
    });

    describe("the pull credential", () => {
        async function ask(method: string, url: string, scope: string): Promise<number> {
            const outputs = await own.outputs();
            const token = (await own.access(outputs, scope)) ?? "";
            const response = await fetch(`https://${outputs["registryServer"] ?? ""}${url}`, {
                method,
                headers: {
                    authorization: `Bearer ${token}`,
                    accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
                },
            });
            return response.status;
        }

        it("pulls the foundation, by each of its names", async () => {
            const { digest = "", image = "" } = await own.outputs();
            for (const reference of [digest, "latest", image.split(":").at(-1) ?? ""]) {
                const url = `/v2/foundation/manifests/${reference}`;
                expect(await ask("GET", url, "repository:foundation:pull")).to.equal(200);
            }
        });

        for (const [what, method, url, scope] of [
            ["push", "POST", "/v2/foundation/blobs/uploads/", "repository:foundation:pull,push"],
            ["delete", "DELETE", "/v2/foundation/manifests/<digest>", "repository:foundation:delete"],
            ["pull another repository", "GET", "/v2/other/manifests/latest", "repository:other:pull"],
            ["list the catalog", "GET", "/v2/_catalog", "registry:catalog:*"],
        ] as const) {
            it(`can't ${what}`, async () => {
                const { digest = "" } = await own.outputs();
                expect(await ask(method, url.replace("<digest>", digest), scope)).to.equal(401);
            });
        }

        it("can't push with Docker either", async () => {
            const { image = "" } = await own.outputs();
            await own.sandbox.docker("pull", image);
            const { output, exitCode } = await own.sandbox.run("docker", ["push", image]);
            expect(exitCode, output).not.to.equal(0);
        });
    });

    describe("the foundation command", () => {
        const expiryDate = async (): Promise<string> =>
            ((await own.outputs())["pullPasswordExpiresAt"] ?? "").slice(0, 10);

        it("logs in with the password that is published, and asks the registry with that login", async () => {
            const { output, exitCode } = await own.foundation(0, "login");
            expect(exitCode, output).to.equal(0);
            expect(output).to.include(`The password expires in 89 days (${await expiryDate()}).`);
            const status = await own.foundation(0, "status");
            expect(status.exitCode, status.output).to.equal(0);
            expect(status.output).to.match(/^ {2}registry +has nothing newer$/m);
        });

        it("verifies that the password pulls and does nothing else", async () => {
            const { output, exitCode } = await own.foundation(0, "verify");
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(/^verified: /);
        });

        it("warns in verify once the password is to be renewed, and verifies all the same", async () => {
            const { output, exitCode } = await own.foundation(61, "verify");
            expect(exitCode, output).to.equal(0);
            const expiry = `the pull password expires in 28 days (${await expiryDate()})`;
            expect(output.split("\n")[0]).to.equal(
                `warning: ${expiry}; \`pulumi up\` makes a new one; then log in again with \`npm run foundation -- login\``,
            );
            expect(output).to.match(/^verified: /m);
        });

        it("fails in verify when the password has expired, in one line that says when and what to do", async () => {
            const { registryServer = "" } = await own.outputs();
            const { output, exitCode } = await own.foundation(91, "verify");
            expect(exitCode, output).to.equal(1);
            const refusal = `${registryServer} refuses the login of foundation-pull`;
            expect(output).to.equal(
                `error: ${refusal}, whose password expired on ${await expiryDate()}; \`pulumi up\` makes a new one; then log in again with \`npm run foundation -- login\``,
            );
        });

        it("says in login and status that the password has expired, or what to do", async () => {
            const login = await own.foundation(91, "login");
            expect(login.exitCode).to.equal(2);
            expect(login.output).to.match(
                /^foundation: \S+ refuses the password of foundation-pull, which expired/,
            );
            const status = await own.foundation(91, "status");
            expect(status.exitCode).to.equal(0);
            expect(status.output.replaceAll(/\s+/g, " ")).to.include(
                "refuses the login of foundation-pull; log in again with `npm run foundation -- login`",
            );
        });
    });

    describe("another foundation", () => {
        it("is pushed with a credential of its own, which a preview doesn't ask for", async () => {
            own.sandbox.write("foundation/content", "official 2\n");
            own.azure.control.forgetCalls();
            expect((await own.tryPulumi("preview")).exitCode).to.equal(0);
            expect(own.count("registry.exchange")).to.equal(0);
            const before = await own.outputs();
            await own.up();
            expect(own.count("registry.exchange")).to.equal(1);
            expect((await own.outputs())["digest"]).not.to.equal(before["digest"]);
            await expectNoChanges();
        });
    });

    describe("a published tag", () => {
        /** The tags of the foundation that nobody may write. */
        async function locked(): Promise<readonly string[]> {
            const { registryServer = "", ...outputs } = await own.outputs();
            const token = await own.access(
                { ...outputs, registryServer },
                "repository:foundation:metadata_read",
            );
            const url = `https://${registryServer}/acr/v1/foundation/_tags`;
            const answer = await fetch(url, { headers: { authorization: `Bearer ${token ?? ""}` } });
            const { tags } = (await answer.json()) as {
                readonly tags: readonly {
                    readonly name: string;
                    readonly changeableAttributes: { readonly writeEnabled: boolean };
                }[];
            };
            return tags
                .filter(({ changeableAttributes }) => !changeableAttributes.writeEnabled)
                .map(({ name }) => name);
        }

        it("is locked, and the channel isn't", async () => {
            const tags = await locked();
            expect(tags).to.have.length(2);
            for (const tag of tags) expect(tag).to.match(/^content-/);
        });

        it("is in nobody's way when the stack itself publishes it anew", async () => {
            const before = await locked();
            await own.up("--replace", urnOf("PushedImage"));
            expect(await locked()).to.deep.equal(before);
            await expectNoChanges();
        });
    });

    describe("retention", () => {
        it("lists what nobody names any more, with its age, and unlocks and removes that alone", async () => {
            const { image = "", digest = "" } = await own.outputs();
            const list = await own.foundation(0, "retention", "--keep", "0");
            expect(list.exitCode, list.output).to.equal(0);
            expect(list.output).to.match(/^ {2}content-[0-9a-f]{12} {2}(just now|.* ago) {2}[\d.]+ [kMG]B$/m);
            expect(list.output).to.not.include(image.split(":").at(-1));
            const { output, exitCode } = await own.foundation(0, "retention", "--keep", "0", "--yes");
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(/^Removed 1 image \(/m);
            const { registryServer = "", ...outputs } = await own.outputs();
            const token = await own.access({ ...outputs, registryServer }, "repository:foundation:pull");
            const answer = await fetch(`https://${registryServer}/v2/foundation/tags/list`, {
                headers: { authorization: `Bearer ${token ?? ""}` },
            });
            expect(await answer.json())
                .to.have.property("tags")
                .with.members([image.split(":").at(-1), "latest"]);
            expect(outputs["digest"]).to.equal(digest);
            await expectNoChanges();
        });
    });

    describe("removing old images by a task", () => {
        const taskId = () => own.azure.resourceManager.resources.find((id) => id.includes("/tasks/"));

        it("is set up once what is published is locked, and stays as it is", async () => {
            await own.configure({ purgeAfterDays: "180" });
            const { output } = await own.tryPulumi("preview");
            expect(output).to.match(/containerregistry:Task\s+registry-purge\s+create/);
            await own.up();
            const { content } = own.azure.resourceManager.task(taskId() ?? "");
            expect(content).to.include(
                "purge --registry {{.Run.Registry}} --filter 'foundation:^content-[0-9a-f]{12}$' --ago 180d --untagged",
            );
            await expectNoChanges();
            await own.up("--refresh", "--expect-no-changes");
        });

        it("gives nobody an image that can't be locked, and says what to do", async () => {
            own.azure.identity.role = "AcrPush";
            const before = own.sandbox.read("apps/reader/.env");
            try {
                own.sandbox.write("foundation/content", "official 3\n");
                const { output, exitCode } = await own.tryUp();
                expect(exitCode, output).to.not.equal(0);
                expect(output.replaceAll(/\s+/g, " "))
                    .to.match(
                        /foundation:content-[0-9a-f]{12} can't be locked \(localhost:\d+ answers with 401\)/,
                    )
                    .and.include("give the deploying identity the right to lock tags, as Contributor has it");
                expect(own.sandbox.read("apps/reader/.env")).to.equal(before);
            } finally {
                own.azure.identity.role = "Contributor";
            }
            await own.up();
            expect(own.sandbox.read("apps/reader/.env")).to.not.equal(before);
        });

        it("ends with the setting, and a lock that is refused is no more than told then", async () => {
            await own.sandbox.pulumi([
                ...["config", "rm", "--stack", own.sandbox.stack],
                "foundation:purgeAfterDays",
            ]);
            own.azure.identity.role = "AcrPush";
            try {
                own.sandbox.write("foundation/content", "official 4\n");
                expect(await own.up()).to.match(
                    /foundation:content-[0-9a-f]{12} is published but not locked, so others who may push can move it/,
                );
            } finally {
                own.azure.identity.role = "Contributor";
            }
            expect(taskId()).to.equal(undefined);
            await expectNoChanges();
        });
    });

    describe("rotation", () => {
        it("does not happen outside the window", async () => {
            await own.configure({ tokenLifetimeDays: "80", tokenRenewDays: "40" });
            await expectNoChanges();
        });

        it("follows the password inside the window with one in the other slot; both work", async () => {
            const before = await own.outputs();
            await own.configure({ tokenLifetimeDays: "400", tokenRenewDays: "100" });
            own.azure.control.forgetCalls();
            await own.up();
            const after = await own.outputs();

            expect(own.generated()).to.deep.equal(["password2"]);
            expect(after["pullPassword"]).not.to.equal(before["pullPassword"]);
            expect([await own.works(before), await own.works(after)]).to.deep.equal([true, true]);
            await expectNoChanges();
        });

        it("waits for the end of the password before, and never touches the published slot", async () => {
            const before = await own.outputs();
            await own.configure({ tokenLifetimeDays: "3650", tokenRenewDays: "800" });
            await expectNoChanges();
            own.endFormerPassword();
            own.azure.control.forgetCalls();
            await own.up();

            expect(own.generated()).to.deep.equal(["password1"]);
            expect([await own.works(before), await own.works(await own.outputs())]).to.deep.equal([
                true,
                true,
            ]);
        });

        it("takes nothing but the old password away when it is replaced by force", async () => {
            const before = await own.outputs();
            await own.up("--replace", urnOf("TokenPassword"));
            const after = await own.outputs();

            expect([await own.works(before), await own.works(after)]).to.deep.equal([false, true]);
            await expectNoChanges();
        });
    });

    describe("what Azure would wipe a password for", () => {
        async function expectSamePassword(work: () => Promise<unknown>): Promise<void> {
            const before = await own.outputs();
            own.azure.control.forgetCalls();
            await work();
            expect(own.generated()).to.deep.equal([]);
            const after = await own.outputs();
            expect(after["pullPassword"]).to.equal(before["pullPassword"]);
            expect(await own.works(after)).to.equal(true);
        }

        it("does not happen in a refresh and the deployment after it", async () => {
            await expectSamePassword(async () => {
                const { output, exitCode } = await own.tryPulumi("refresh", "--yes", "--skip-preview");
                expect(exitCode, output).to.equal(0);
                await own.up();
                expect(own.count("tokens.put")).to.equal(0);
            });
        });

        it("does not happen when the scope changes", async () => {
            await expectSamePassword(async () => {
                await own.configure({ repository: "base/foundation" });
                await own.up();
                expect(own.count("scopeMaps.put")).to.equal(1);
                expect(own.count("tokens.put")).to.equal(0);
            });
            expect(await own.access(await own.outputs(), "repository:base/foundation:pull")).not.to.equal(
                undefined,
            );
        });

        it("is replaced in the same deployment when the token itself is replaced", async () => {
            const before = await own.outputs();
            await own.up("--replace", urnOf("containerregistry:Token"));
            const after = await own.outputs();

            expect([await own.works(before), await own.works(after)]).to.deep.equal([false, true]);
            await expectNoChanges();
        });
    });

    describe("a password that has vanished", () => {
        const wipe = (): void => {
            const token = own.token();
            token.put({ properties: { scopeMapId: token.scopeMapId } });
        };
        const remove = (): void => {
            own.token().patch({ properties: { credentials: { passwords: [] } } });
        };
        const expire = async (): Promise<void> => {
            await own.configure({ tokenLifetimeDays: "1000", tokenRenewDays: "1" });
            remove();
            await own.up();
            own.azure.clock.advance({ days: 1001 });
            // The next one has to end after Azure's new today.
            await own.configure({ tokenLifetimeDays: "3650" });
        };
        for (const [how, vanish] of [
            ["wiped by a PUT", wipe],
            ["deleted by hand", remove],
            ["expired", expire],
        ] as const) {
            it(`is noticed by a preview and issued again by one deployment: ${how}`, async () => {
                await vanish();
                expect(await own.works(await own.outputs())).to.equal(false);
                const { output } = await own.tryPulumi("preview", "--diff");
                expect(output)
                    .to.include("TokenPassword")
                    .and.match(/1 to update/);
                await own.up();
                expect(await own.works(await own.outputs())).to.equal(true);
                await expectNoChanges();
            });
        }
    });

    describe("a registry that somebody has deleted in Azure", () => {
        it("is made anew by one deployment with a refresh, with the foundation in it", async () => {
            const id =
                own.azure.resourceManager.resources.find((name) => /\/registries\/[^/]+$/.test(name)) ?? "";
            const path = `${id.slice(id.indexOf("/resourceGroups/"))}?api-version=2023-07-01`;
            await clientsOf(own.azure).send("DELETE", path);
            await own.up("--refresh");
            const { image = "" } = await own.outputs();

            await own.sandbox.login();
            await own.sandbox.docker("image", "rm", "--force", image);
            await own.sandbox.docker("pull", "--quiet", image);
            await expectNoChanges();
        });
    });

    describe("secrets", () => {
        const verbosely = (level: number) => ["--logtostderr", `-v=${level}`, "--logflow"];

        it("are in Pulumi's own log only from level 3 on", async () => {
            own.sandbox.write("foundation/content", "official 3\n");
            await own.configure({ tokenLifetimeDays: "3640", tokenRenewDays: "1800" });
            own.token().patch({ properties: { credentials: { passwords: [] } } });
            // What it prints is searched below, with everything else.
            expect(await own.up(...verbosely(2))).to.include('"level":"INFO"');
        });

        it("are in its most verbose log only as properties of resources, where Pulumi writes all of those", async () => {
            own.sandbox.write("foundation/content", "official 4\n");
            own.token().patch({ properties: { credentials: { passwords: [] } } });
            const { sandbox, azure } = own;
            const { output, exitCode } = await sandbox.tryUp(...verbosely(9));
            expect(exitCode).to.equal(0);

            const leaks = output
                .split("\n")
                .filter((line) => azure.secrets.all.some((secret) => line.includes(secret)));
            const pulumis = /arshaling property for RPC\[|(RegisterResource|Invoke) RPC finished: /;
            expect(
                leaks.filter((line) => !pulumis.test(line)).map((line) => line.slice(0, 200)),
            ).to.deep.equal([]);
            for (const secret of azure.secrets.all.filter((one) => !isProperty(one)))
                expect(output.includes(secret), "logged").to.equal(false);
        });

        it("are not in the logs that Pulumi keeps of each command", () => {
            const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
            const logs = filesBelow(path.join(home, "logs")).filter((file) =>
                file.includes(own.sandbox.stack),
            );
            expect(logs).not.to.deep.equal([]);
            for (const log of logs) {
                const content = fs.readFileSync(log);
                const text = (isGzip(content) ? gunzipSync(content) : content).toString("latin1");
                for (const secret of own.azure.secrets.all)
                    expect(text.includes(secret), log).to.equal(false);
            }
        });

        it("are in no output, plain state, file or process's arguments", () => {
            const printed = own.printed.join("\n");
            const state = own.state();
            const files = filesBelow(own.sandbox.root);
            const { secrets } = own.azure;
            expect(secrets.all.length).to.be.greaterThan(20);
            expect(commandLines.size).to.be.greaterThan(process.platform === "linux" ? 20 : -1);
            for (const secret of secrets.all) {
                expect(printed.includes(secret), "printed").to.equal(false);
                expect(state.includes(secret), "state").to.equal(false);
                for (const line of commandLines)
                    expect(line.includes(secret), line.slice(0, 40)).to.equal(false);
            }
            const holders = files.filter((file) => {
                const content = fs.readFileSync(file, "latin1");
                const encoded = (secret: string) =>
                    Buffer.from(`foundation-pull:${secret}`).toString("base64");
                return secrets.all.some(
                    (secret) => content.includes(secret) || content.includes(encoded(secret)),
                );
            });
            // Docker's own, where `docker login` puts what developers type.
            expect(holders.map((file) => path.relative(own.sandbox.root, file))).to.deep.equal([
                "docker/config.json",
            ]);
        });
    });

    describe("destroy", () => {
        it("is refused while the registry is protected, and takes nothing away", async () => {
            await own.configure({ protect: "true" });
            await own.up();
            const before = own.azure.resourceManager.resources;
            const { output, exitCode } = await own.tryPulumi("destroy", "--yes", "--skip-preview");

            expect(exitCode).not.to.equal(0);
            expect(output).to.include("protected");
            expect(own.azure.resourceManager.resources).to.deep.equal(before);
            expect(await own.works(await own.outputs())).to.equal(true);
        });

        it("leaves nothing when it is meant", async () => {
            await own.configure({ protect: "false" });
            await own.up();
            const { output, exitCode } = await own.tryPulumi("destroy", "--yes", "--skip-preview");

            expect(exitCode, output).to.equal(0);
            expect(own.azure.resourceManager.resources).to.deep.equal([]);
            for (const file of ["foundation/.env", "apps/reader/.env", "apps/reader/compose.yaml"]) {
                expect(fs.existsSync(own.sandbox.path(file)), file).to.equal(false);
            }
        });
    });
});

/** Whether it is a password of the token or a push credential, which are kept in the state. */
function isProperty(secret: string): boolean {
    return secret.startsWith("eyJ") ? "grant_type" in decodeJwt(secret) : secret.includes("+ACR");
}

function isGzip(content: Buffer): boolean {
    return content.readUInt16BE() === 0x1f8b;
}

/** The command lines of all processes, as anybody on the machine can see them; only Linux tells. */
function runningCommands(): string[] {
    if (process.platform !== "linux") return [];
    return fs
        .readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
            try {
                return [fs.readFileSync(`/proc/${pid}/cmdline`, "latin1")];
            } catch {
                // It has ended meanwhile.
                return [];
            }
        });
}

function filesBelow(folder: string): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
        .map((entry) => path.join(entry.parentPath, entry.name));
}
