import * as http from "node:http";
import * as net from "node:net";
import { delimiter } from "node:path";
import { expect } from "chai";
import { Clone } from "../../components/workspace/clone.ts";
import { builderOutcome, checkEmitted, checkPort } from "../../cli/doctor/surroundings.ts";
import { failed } from "../../cli/doctor/check.ts";
import { Problem } from "../../components/problem.ts";
import { composeMark } from "../../components/render/composeMark.ts";
import { blockFor } from "../support/emitted.ts";
import { temporaryFolders } from "../support/folder.ts";

describe("doctor, of a port", () => {
    const open: net.Server[] = [];

    afterEach(() => {
        for (const server of open.splice(0)) server.close();
    });

    async function listen(server: net.Server): Promise<number> {
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = server.address();
        return typeof address === "object" ? (address?.port ?? 0) : 0;
    }

    function registry(realm: string): http.Server {
        return http.createServer((_, response) => {
            response.writeHead(401, { "www-authenticate": `Basic realm="${realm}"`, connection: "close" });
            response.end();
        });
    }

    it("is well where our registry answers", async () => {
        const port = await listen(registry("foundation"));
        expect((await checkPort(port, "pullPort")).state).to.equal("ok");
    });

    for (const [title, server] of [
        ["answers otherwise", () => registry("other")],
        ["speaks something else", () => net.createServer((socket) => socket.end("220 mail\r\n"))],
    ] as const) {
        it(`belongs to another program where that ${title}`, async () => {
            const { detail, remedy } = await checkPort(await listen(server()), "pullPort");
            expect(detail).to.match(/^\d+ belongs to another program$/);
            expect(remedy).to.include("pullPort");
        });
    }

    it("is nobody else's for keeping silent, as a registry does that is paused", async () => {
        const sockets: net.Socket[] = [];
        const port = await listen(net.createServer((socket) => sockets.push(socket)));
        const { state, detail, remedy } = await checkPort(port, "pullPort");
        for (const socket of sockets) socket.destroy();
        expect(state).to.equal("fail");
        expect(detail).to.include("does not answer").and.not.include("belongs to");
        expect(remedy).to.include(`docker ps --filter publish=${port}`);
    });

    it("is free where nothing listens", async () => {
        const port = await listen(net.createServer());
        await new Promise((resolve) => open.splice(0)[0]?.close(resolve));
        expect((await checkPort(port, "pullPort")).detail).to.include("is free");
    });
});

describe("doctor, of the emitted files", () => {
    const folder = temporaryFolders();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
    const block = blockFor(emitted);
    const files = { "compose.yaml": composeMark, ".env": block };
    const lookAt = (clone: Clone) => checkEmitted(clone, clone.manifest);
    const look = (env: string, own: Readonly<Record<string, string>> = files) => {
        const app = { ...own, ...(".env" in own && { ".env": `${block}${env}` }), Dockerfile: "" };
        const below = (home: string, names: Readonly<Record<string, string>>) =>
            Object.fromEntries(Object.entries(names).map(([name, text]) => [`${home}/${name}`, text]));
        return lookAt(new Clone(folder({ ...below("foundation", files), ...below("apps/app1", app) })));
    };

    it("finds one that is missing", () => {
        expect(look("", { "compose.yaml": composeMark }).detail).to.equal(
            "apps/app1 has no .env of the foundation",
        );
        expect(look("", { ".env": block }).detail).to.equal(
            "apps/app1 has no compose.yaml of the foundation",
        );
    });

    it("finds a .env that makes Compose read other files", () => {
        const { state, detail } = look("COMPOSE_FILE=other.yaml\n");
        expect(state).to.equal("fail");
        expect(detail).to.match(/^COMPOSE_FILE .*, by apps\/app1\/\.env$/);
    });

    for (const env of [
        "",
        `COMPOSE_FILE=./compose.yaml${delimiter}other.yaml\n`,
        "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=compose.yaml,other.yaml\n",
    ]) {
        it(`is content with ${JSON.stringify(env)}, which keeps ours`, () => {
            expect(look(env)).to.deep.equal({ state: "ok", detail: "of stack dev" });
        });
    }
});

describe("doctor, of the builder", () => {
    const own = { name: "default", driver: "docker" };
    const use = { reference: "f:1", ownLine: undefined, contextImage: undefined };
    const look = (form: "image" | "service" | undefined, store: "classic" | "containerd") =>
        builderOutcome(own, store, [
            { folder: "apps/app2", uses: new Map([["foundation", { ...use, form }]]) },
        ]);

    it("is well where every app would get a foundation of one's own", () => {
        for (const [form, store] of [
            ["image", "classic"],
            ["service", "classic"],
            ["service", "containerd"],
            [undefined, "containerd"],
        ] as const) {
            expect(look(form, store), `${form ?? "argument"} ${store}`).to.deep.equal({
                state: "ok",
                detail: `default with the ${store} image store, which sees local images`,
            });
        }
    });

    it("warns of apps that would not, for what the store and their files are", () => {
        const { state, detail, remedy } = look("image", "containerd");
        expect(state).to.equal("warn");
        expect(detail).to.match(/containerd image store .* ignored by apps\/app2$/);
        expect(remedy).to.equal("pulumi config set contexts service, and pulumi up");
    });

    it("warns of one that sees no local images, whatever the files are", () => {
        const other = { name: "other", driver: "docker-container" };
        expect(builderOutcome(other, "classic", [])).to.include({ state: "warn" });
    });
});

describe("doctor, of several problems at once", () => {
    it("tells each of them, with its remedy", () => {
        const problem = Problem.of("the configuration can't be used", [
            "a: is wrong; mend a",
            "b: is wrong; mend b",
        ]);
        expect(failed(problem)).to.deep.equal({
            state: "fail",
            detail: "the configuration can't be used: (1) a: is wrong; mend a (2) b: is wrong; mend b",
            remedy: "fix each of them",
        });
    });
});
