import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ExistingRegistry, existingRegistry } from "../../components/existingRegistry.ts";
import { temporaryFolders } from "../support/folder.ts";
import { mockEngine, valueOf } from "../support/mocks.ts";
import { withEnvironment } from "../toolchain/support.ts";

describe("ExistingRegistry", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const open: http.Server[] = [];

    beforeEach(() => {
        setEnvironment("DOCKER_CONFIG", folder({ "config.json": "{}" }));
        for (const side of ["PUSH", "PULL"]) {
            for (const part of ["USERNAME", "PASSWORD"])
                setEnvironment(`FOUNDATION_${side}_${part}`, undefined);
        }
    });

    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });

    /** A registry whose door has this password, or none. */
    async function serve(password: string | undefined): Promise<string> {
        const login = `Basic ${btoa(`ci:${password ?? ""}`)}`;
        const server = http.createServer(({ headers }, response) => {
            const ok = password === undefined || headers.authorization === login;
            response.writeHead(ok ? 200 : 401, { "www-authenticate": 'Basic realm="x"' }).end();
        });
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it("has its repositories below the path, and nothing to create", async () => {
        const { registered } = await mockEngine();
        const push = { username: "ci", password: "push password" };
        const pull = { username: "dev", password: "pull password" };
        const registry = new ExistingRegistry("registry", { server: "harbor.example:8443/a/b", push, pull });
        expect(await valueOf(registry.server)).to.equal("harbor.example:8443");
        expect(await valueOf(registry.pushServer)).to.equal("harbor.example:8443");
        expect(registry.prefix).to.equal("a/b/");
        for (const [credential, value] of [
            [registry.pushCredential, push],
            [registry.pullCredential, pull],
        ] as const) {
            if (credential === undefined) throw new Error("no credential");
            expect(await valueOf(pulumi.output(credential))).to.deep.equal(value);
            expect(await pulumi.isSecret(credential.password)).to.equal(true);
        }
        expect(registered.map(({ type, inputs }) => ({ type, inputs }))).to.deep.equal([
            { type: "foundation:index:ExistingRegistry", inputs: {} },
        ]);
    });

    it("has no credential where nobody is told one", async () => {
        await mockEngine();
        const registry = await existingRegistry("registry", { server: "ghcr.io/acme" });
        expect(registry).to.include({ pushCredential: undefined, pullCredential: undefined });
    });

    it("takes the environment's where the configuration has none", async () => {
        await mockEngine();
        setEnvironment("FOUNDATION_PUSH_USERNAME", "AWS");
        setEnvironment("FOUNDATION_PUSH_PASSWORD", "twelve hours");
        const settings = { server: "ghcr.io/acme", pullUsername: "dev", pullPassword: "q" };
        const { pushCredential, pullCredential } = await existingRegistry("registry", settings);
        if (pushCredential === undefined || pullCredential === undefined) throw new Error("no credential");
        expect(await valueOf(pulumi.output(pushCredential))).to.deep.equal({
            username: "AWS",
            password: "twelve hours",
        });
        expect(await valueOf(pulumi.output(pullCredential))).to.deep.equal({
            username: "dev",
            password: "q",
        });
    });

    it("refuses half a credential in the environment", async () => {
        await mockEngine();
        setEnvironment("FOUNDATION_PUSH_USERNAME", "AWS");
        expect(await complaint({ server: "ghcr.io/acme" })).to.match(
            /^FOUNDATION_PUSH_PASSWORD is not set; /,
        );
    });

    async function complaint(settings: Parameters<typeof existingRegistry>[1]): Promise<string> {
        return existingRegistry("registry", settings).then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
    }

    describe("in a preview", () => {
        const ci = { pushUsername: "ci", pushPassword: "right" };

        beforeEach(async () => {
            await mockEngine({}, true);
        });

        it("is nothing to complain of where the login is taken, or none is wanted", async () => {
            expect(await complaint({ server: await serve("right"), ...ci })).to.equal("none");
            expect(await complaint({ server: await serve(undefined), ...ci })).to.equal("none");
            expect(await complaint({ server: await serve(undefined) })).to.equal("none");
        });

        it("pushes with Docker's own login where there is one", async () => {
            const server = await serve("right");
            const auth = btoa("ci:right");
            setEnvironment(
                "DOCKER_CONFIG",
                folder({ "config.json": JSON.stringify({ auths: { [server]: { auth } } }) }),
            );
            expect(await complaint({ server })).to.equal("none");
        });

        it("is told of a login that is refused", async () => {
            const server = await serve("other");
            const message = await complaint({ server, ...ci, pushPassword: "hunter2" });
            expect(message).to.match(
                /^127\.0\.0\.1:\d+ refuses the login of ci, who is to push the foundation; see whether pushUsername/,
            );
            expect(message).to.not.include("hunter2");
            expect(await complaint({ server, ...ci, pushPassword: "other" })).to.equal("none");
        });

        it("is told that nobody is logged in, and of the way to", async () => {
            const server = await serve("right");
            expect(await complaint({ server })).to.equal(
                `nobody is logged in to ${server} to push the foundation; log in with \`docker login ${server}\`, or set pushUsername and pushPassword, or FOUNDATION_PUSH_USERNAME and FOUNDATION_PUSH_PASSWORD`,
            );
            expect(await complaint({ server, ...ci })).to.equal("none");
            setEnvironment("FOUNDATION_PUSH_USERNAME", "ci");
            setEnvironment("FOUNDATION_PUSH_PASSWORD", "right");
            expect(await complaint({ server })).to.equal("none");
        });

        it("is told of a registry that does not answer", async () => {
            expect(await complaint({ server: "127.0.0.1:1/acme", ...ci })).to.match(
                /^127\.0\.0\.1:1 does not answer \(.*\); see whether `server` is right/,
            );
            expect(await complaint({ server: `${await serve("right")}/acme`, ...ci })).to.equal("none");
        });
    });
});
