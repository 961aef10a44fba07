import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { readSource } from "../../../cli/sync/source.ts";
import { Problem } from "../../../components/problem.ts";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";
import { issueCertificates, type Certificates } from "../../azure/certificates.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("what a sync is from", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const manifest: Manifest = {
        version: 1,
        stack: "prod",
        project: "infra",
        registry: { kind: "azure", server: "acme.azurecr.io", username: "u" },
        images: {
            java: {
                reference: "acme.azurecr.io/java:1",
                digest: "sha256:1",
                channel: "latest",
                folder: "docker/java",
                uses: {},
            },
        },
        workspaces: {},
    };

    const faultOf = (from: string): Promise<string> =>
        readSource(from, folder()).then(
            () => "",
            (error: unknown) => (error instanceof Problem ? error.message : `no problem: ${String(error)}`),
        );

    it("may be a file", async () => {
        const root = folder({ "foundation.lock.json": manifestText(manifest), "other.json": "{}" });
        expect(await readSource(path.join(root, "foundation.lock.json"), root)).to.deep.equal(manifest);
        expect(await faultOf(path.join(root, "other.json"))).to.match(
            /other\.json is no manifest of foundations/,
        );
        expect(await faultOf(path.join(root, "none.json"))).to.match(
            /none\.json can't be read \(no such file or directory\); name the foundation\.lock\.json/,
        );
    });

    describe("may be a stack", () => {
        before(function () {
            if (process.platform === "win32") this.skip();
        });

        /** Asks Pulumi, which answers with these outputs, and gives the questions. */
        async function outputs(more: object): Promise<{ readonly found: Manifest; readonly asked: string }> {
            const common = { registryServer: "acme.azurecr.io", image: "acme.azurecr.io/java:1" };
            const bin = folder({ outputs: JSON.stringify({ ...common, digest: "sha256:1", ...more }) });
            fakeProgram(bin, "pulumi", `echo "$*" >"${bin}/calls"\ncat "${bin}/outputs"`);
            setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
            const found = await readSource("acme/platform/prod", bin);
            return { found, asked: fs.readFileSync(`${bin}/calls`, "utf8") };
        }
        const image = { image: "acme.azurecr.io/java:1", digest: "sha256:1" };
        const images = { java: { ...image, channelImage: "acme.azurecr.io/java:stable" } };

        it("named in full, whose outputs say how the foundations are called", async () => {
            const { found, asked } = await outputs({ images, pullPassword: "secret" });
            expect(asked).to.include("--stack acme/platform/prod");
            expect(found).to.deep.equal({
                version: 1,
                stack: "prod",
                registry: { kind: "existing", server: "acme.azurecr.io", username: "" },
                images: {
                    java: {
                        reference: image.image,
                        digest: image.digest,
                        channel: "stable",
                        uses: {},
                    },
                },
                workspaces: {},
            });
        });

        for (const [kind, pullPasswordExpiresAt] of [
            ["local", "never"],
            ["azure", "2026-01-31T00:00:00Z"],
        ] as const) {
            it(`of a registry that is ${kind}, which its credential tells`, async () => {
                const { found } = await outputs({ images, pullUsername: "u", pullPasswordExpiresAt });
                expect(found.registry).to.deep.equal({
                    kind,
                    server: "acme.azurecr.io",
                    username: "u",
                });
            });
        }

        it("but none that version 0.1 has deployed", async () => {
            const fault = await outputs({}).catch(String);
            expect(fault).to.match(/the stack prod was deployed by version 0\.1, .*; deploy it with this/);
        });
    });

    describe("may be an HTTPS URL", () => {
        const open: http.Server[] = [];
        let certificates: Certificates;

        beforeEach(async () => {
            certificates = await issueCertificates(folder());
        });

        afterEach(() => {
            certificates.distrust();
            for (const server of open.splice(0)) server.close().closeAllConnections();
        });

        async function serve(answer: http.RequestListener): Promise<string> {
            const { key, certificate: cert } = certificates;
            const server = https.createServer({ key, cert }, answer);
            open.push(server);
            await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
            return `https://localhost:${(server.address() as AddressInfo).port}`;
        }

        it("redirects included", async () => {
            const server = await serve(({ url }, response) => {
                if (url === "/lock?token=t") response.end(manifestText(manifest));
                else response.writeHead(302, { location: "/lock?token=t" }).end();
            });
            expect(await readSource(`${server}/latest`, folder())).to.deep.equal(manifest);
        });

        it("and is told without what may be a token where it doesn't lead there", async () => {
            let status = 404;
            const server = await serve((_, response) =>
                response.writeHead(status).end(manifestText(manifest)),
            );
            const fault = await faultOf(`${server.replace("://", "://user:pass@")}/lock.json?token=t`);
            expect(fault).to.match(
                /^https:\/\/localhost:\d+\/lock\.json answers 404; see whether it opens without a login;/,
            );
            status = 200;
            expect(await readSource(`${server}/lock.json`, folder())).to.deep.equal(manifest);
        });

        it("but none that leads away from HTTPS", async () => {
            const plain = http.createServer((_, response) => response.end(manifestText(manifest)));
            open.push(plain);
            await new Promise<void>((resolve) => plain.listen(0, "localhost", resolve));
            const address = `http://localhost:${(plain.address() as AddressInfo).port}`;
            const server = await serve((_, response) =>
                response.writeHead(302, { location: `${address}/` }).end(),
            );
            expect(await faultOf(`${server}/lock.json`)).to.match(/lock\.json leads to http:\/\/localhost/);
            expect(await faultOf(`${address}/lock.json`)).to.match(/is not an HTTPS URL; use one, or a file/);
            const file = path.join(folder(), "lock.json");
            fs.writeFileSync(file, await (await fetch(`${address}/lock.json`)).text());
            expect(await readSource(file, folder())).to.deep.equal(manifest);
        });

        it("that answers with a manifest, and not with a page to log in", async () => {
            const server = await serve((_, response) => response.end("<html>"));
            expect(await faultOf(`${server}/lock.json`)).to.match(/lock\.json can't be read \(.*JSON/);
        });
    });
});
