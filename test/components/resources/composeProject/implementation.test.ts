import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { composeProject } from "../../../../components/resources/composeProject/implementation.ts";
import { unknownValue } from "../../../../components/resources/resource.ts";
import { contextIn } from "../../../support/context.ts";
import { standInDocker, type Answer } from "../../../support/docker.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { hurried } from "../../../support/hurry.ts";

describe("a Compose project", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const context = contextIn("/nowhere");

    const inputs = {
        project: "registry",
        owner: "me",
        definition: "services: new",
        readiness: [],
        instance: "1",
    };
    const state = {
        ...inputs,
        definition: "services: old",
        services: ["web"],
        volumes: ["store"],
        drift: {},
    };

    interface Objects {
        readonly containers?: readonly string[];
        readonly networks?: readonly string[];
        readonly volumes?: readonly string[];
    }

    /** What Docker lists of the project: for each object its owner and name, and of a container service and state. */
    function lists({ containers = [], networks = [], volumes = [] }: Objects, after?: string): Answer[] {
        const once = after === undefined ? {} : { after };
        const print = (rows: readonly string[]): string =>
            rows.map((row) => `${row.replaceAll(" ", "\t")}\n`).join("");
        const filter = "--filter label=com.docker.compose.project=registry --format *";
        return [
            { to: `ps --all ${filter}`, prints: print(containers), ...once },
            { to: `network ls ${filter}`, prints: print(networks), ...once },
            { to: `volume ls ${filter}`, prints: print(volumes), ...once },
        ];
    }
    const running = { containers: ["me web-1 web running"], networks: ["me net"], volumes: ["me store"] };
    const up: Answer = { to: "compose --project-name registry * --file - up --detach --wait *" };
    const downs: Answer[] = [{ to: "* rm --force *" }, { to: "compose * logs *" }];
    const removals = (calls: readonly string[]): string[] => calls.filter((call) => call.includes(" rm "));
    const failure = (work: Promise<unknown> | undefined): Promise<string> =>
        Promise.resolve(work).then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );

    describe("that is created", () => {
        it("is described by what runs then, in order", async () => {
            const after = {
                ...running,
                containers: ["me b-1 push running", "me a-1 pull running"],
                volumes: ["me z", "me a"],
            };
            docker([...lists(after, " up "), ...lists({}), up]);
            expect(await composeProject.create(inputs, context)).to.deep.equal({
                id: "registry",
                state: { ...inputs, services: ["pull", "push"], volumes: ["a", "z"], drift: {} },
            });
        });

        it("is not described by what is another's", async () => {
            const after = {
                containers: [...running.containers, "you web-2 other running"],
                volumes: ["me store", "you cache"],
            };
            docker([...lists(after, " up "), ...lists({}), up]);
            const { state: described } = await composeProject.create(inputs, context);
            expect(described).to.deep.include({ services: ["web"], volumes: ["store"] });
        });

        it("may take minutes to start, in which an image is pulled", async () => {
            docker([...lists({}), { ...up, seconds: 2.5 }]);
            const { id } = await hurried(2.5, () => composeProject.create(inputs, context));
            expect(id).to.equal("registry");
        });

        it("goes to Compose on standard input, which nothing else has a say in", async () => {
            const { calls, input } = docker([...lists({}), up]);
            await composeProject.create(inputs, context);
            expect(input()).to.equal("services: new");
            expect(calls().find((call) => call.startsWith("compose"))).to.equal(
                "compose --project-name registry --env-file /dev/null --progress quiet --file - " +
                    "up --detach --wait --wait-timeout 60 --remove-orphans --quiet-pull",
            );
        });

        it("leaves nothing behind when it doesn't start, and keeps nothing but the volume that was there", async () => {
            const before = {
                containers: ["me web-1 web exited"],
                networks: ["me net"],
                volumes: ["me store"],
            };
            const { calls } = docker([
                ...lists({ ...before, volumes: ["me store", "me cache"] }, " up "),
                ...lists(before),
                { ...up, fails: "no space left" },
                ...downs,
            ]);
            expect(await failure(composeProject.create(inputs, context))).to.include("no space left");
            expect(removals(calls())).to.deep.equal([
                "container rm --force web-1",
                "network rm --force net",
                "volume rm --force cache",
            ]);
        });

        it("leaves what is somebody else's, when it doesn't start", async () => {
            const after = { containers: ["you theirs web running"], volumes: ["me store", "you cache"] };
            const { calls } = docker([
                ...lists(after, " up "),
                ...lists({}),
                { ...up, fails: "no space left" },
                ...downs,
            ]);
            await failure(composeProject.create(inputs, context));
            expect(removals(calls())).to.deep.equal(["volume rm --force store"]);
        });

        it("says why it doesn't start, also where what was begun can't be taken away", async () => {
            docker([
                ...lists(running, " up "),
                ...lists({}),
                { ...up, fails: "no space left" },
                { to: "volume rm *", fails: "volume is in use" },
                ...downs,
            ]);
            expect(await failure(composeProject.create(inputs, context))).to.include("no space left");
        });

        it("is refused while one of that name is somebody else's, whose objects are named", async () => {
            const { calls } = docker(
                lists({ containers: ["you web-1 web running"], volumes: ["you store", "me a"] }),
            );
            expect(await failure(composeProject.create(inputs, context))).to.equal(
                "the Compose project registry is there already and is not this stack's (container web-1, volume store); " +
                    "if another clone of this project has made it, run `pulumi destroy` there; if nobody needs it any more, " +
                    "run `docker compose -p registry down --volumes`; to have both, as for another repository, deploy a stack of " +
                    "another name here: `pulumi stack init <name>`, and there `pulumi config set pullPort <port>` and " +
                    "`pulumi config set pushPort <port>`",
            );
            expect(calls().filter((call) => / up | rm /.test(call))).to.deep.equal([]);
        });

        describe("in its preview, where its owner isn't known yet", () => {
            const previewed = { ...inputs, owner: unknownValue };

            it("is refused as well while one of that name is somebody else's", async () => {
                docker(lists({ containers: ["you web-1 web running"] }));
                expect(await failure(composeProject.check?.({}, previewed, context))).to.match(
                    /^the Compose project registry is there already and is not this stack's \(container web-1\); /,
                );
            });

            it("passes where nothing has its name, or Docker can't be asked", async () => {
                docker(lists({}));
                expect(await composeProject.check?.({}, previewed, context)).to.deep.equal([]);
                docker([{ to: "*", fails: "Cannot connect to the Docker daemon" }]);
                expect(await composeProject.check?.({}, previewed, context)).to.deep.equal([]);
            });

            it("isn't asked about once it is there", async () => {
                docker(lists({ containers: ["you web-1 web running"] }));
                expect(await composeProject.check?.(state, previewed, context)).to.deep.equal([]);
            });
        });

        it("shows the last that its services said, without colours and empty lines", async () => {
            const logs = "web-1  | \u001B[31mno such file\u001B[0m\nweb-1  | \n\nweb-1  | bye\n";
            docker([
                ...lists({}),
                { ...up, fails: "container web-1 exited (1)" },
                { to: "compose --project-name registry * logs --no-color --tail 10", prints: logs },
            ]);
            expect(await failure(composeProject.create(inputs, context))).to.equal(
                "the Compose project registry does not start: container web-1 exited (1)\n" +
                    "  - web-1  | no such file\n  - web-1  | bye",
            );
        });

        it("says why it doesn't start where its services have said nothing that Docker still knows", async () => {
            docker([
                ...lists({}),
                { ...up, fails: "no space left" },
                { to: "compose * logs *", fails: "no such container" },
            ]);
            expect(await failure(composeProject.create(inputs, context))).to.equal(
                "the Compose project registry does not start: no space left",
            );
        });

        for (const [title, names, holder] of [
            ["of containers", "theirs\nothers\n", "the container theirs, others"],
            ["of another program", "", "another program"],
        ] as const) {
            it(`names the port that is in use, and whose it is: that ${title}`, async () => {
                docker([
                    ...lists({}),
                    { ...up, fails: "Bind for 127.0.0.1:5050 failed: port is already allocated" },
                    { to: "ps --filter publish=5050 --format {{.Names}}", prints: names },
                ]);
                expect(await failure(composeProject.create(inputs, context))).to.match(
                    new RegExp(
                        `^the Compose project registry does not start: port 5050 is in use by ${holder}; stop that, or`,
                    ),
                );
            });
        }

        it("leaves nothing of what it began when the deployment is interrupted", async () => {
            const interruption = new AbortController();
            const server = http.createServer((_, response) => {
                interruption.abort();
                response.writeHead(503).end();
            });
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            const { port } = server.address() as AddressInfo;
            const { calls } = docker([...lists(running, " up "), ...lists({}), up, ...downs]);
            const readiness = [{ url: `http://127.0.0.1:${port}/v2/`, username: "u", password: "p" }];
            const interrupted = contextIn("/nowhere", [], interruption.signal);
            const work = composeProject.create({ ...inputs, readiness }, interrupted);
            const message = await failure(work);
            server.close().closeAllConnections();
            expect(message).to.equal("interrupted");
            expect(removals(calls())).to.have.length(3);
        });

        it("does not wait for Compose when the deployment is interrupted", async () => {
            const interruption = new AbortController();
            const { input } = docker([...lists({}), { ...up, seconds: 3 }, ...downs]);
            const begun = setInterval(() => {
                if (input() !== "") interruption.abort();
            }, 20);
            const interrupted = contextIn("/nowhere", [], interruption.signal);
            const message = await failure(composeProject.create(inputs, interrupted));
            clearInterval(begun);
            expect(message).to.equal("docker compose was interrupted");
        });

        it("has a name for its volumes that is made once", () => {
            expect(composeProject.defaults?.(inputs)).to.deep.equal({ instance: "1" });
            const made = [{}, {}].map((none) => composeProject.defaults?.(none as typeof inputs).instance);
            expect(new Set(made).size).to.equal(2);
            for (const instance of made) expect(instance).to.match(/^[0-9a-f]{16}$/);
        });
    });

    describe("that is there", () => {
        it("needs nothing while it runs as it is defined", async () => {
            docker(lists(running));
            expect(await composeProject.diff(state, { ...state }, context)).to.deep.equal({ changes: false });
        });

        for (const [name, change] of [
            ["definition", { definition: "services: new" }],
            ["readiness", { readiness: [{ url: "http://localhost:1", username: "u", password: "p" }] }],
            ["image server", { imageServer: "localhost:5050" }],
        ] as const) {
            it(`changes with its ${name}`, async () => {
                docker(lists(running));
                const result = await composeProject.diff(state, { ...state, ...change }, context);
                expect(result).to.deep.equal({ changes: true });
            });
        }

        for (const name of ["project", "owner"] as const) {
            it(`is replaced with its ${name}`, async () => {
                docker([]);
                const result = await composeProject.diff(state, { ...state, [name]: "other" }, context);
                expect(result).to.deep.equal({ changes: true, replaces: [name] });
            });
        }

        it("changes when a service of it does not run, for its volumes are there", async () => {
            docker(lists({ ...running, containers: ["me web-1 web exited"] }));
            expect(await composeProject.diff(state, { ...state }, context)).to.deep.equal({ changes: true });
        });

        it("is replaced when its volume is gone, so that the images are pushed again", async () => {
            docker(lists({}));
            const result = await composeProject.diff(state, { ...state }, context);
            expect(result).to.deep.equal({ changes: true, replaces: ["instance"] });
        });

        it("does not take another's for its own", async () => {
            docker(lists({ containers: ["you web-1 web running"], volumes: ["you store"] }));
            expect(await composeProject.read?.(state, context)).to.deep.equal({
                ...state,
                drift: { web: "not running", store: "missing" },
            });
        });

        it("is read with nothing wrong while it runs", async () => {
            const { calls } = docker(lists(running));
            const read = await composeProject.read?.({ ...state, drift: { web: "not running" } }, context);
            expect(read).to.deep.equal(state);
            expect(calls()).to.have.length(1);
        });
    });

    describe("that is changed", () => {
        it("goes on as it was when the new one doesn't start, and loses nothing", async () => {
            const { calls, input } = docker([...lists(running), { ...up, fails: "no such image" }, ...downs]);
            expect(await failure(composeProject.update?.(state, inputs, context))).to.include(
                "no such image",
            );
            expect(removals(calls())).to.deep.equal([]);
            expect(calls().filter((call) => call.includes(" up "))).to.have.length(2);
            expect(input().endsWith("services: old")).to.equal(true);
        });

        it("is not started twice when its definition is the same", async () => {
            const { calls } = docker([...lists(running), { ...up, fails: "no such image" }, ...downs]);
            await failure(
                composeProject.update?.(state, { ...inputs, definition: state.definition }, context),
            );
            expect(calls().filter((call) => call.includes(" up "))).to.have.length(1);
        });

        it("is described by what runs then", async () => {
            docker([...lists(running), up]);
            expect(await composeProject.update?.(state, inputs, context)).to.deep.equal({
                ...inputs,
                services: ["web"],
                volumes: ["store"],
                drift: {},
            });
        });

        it("is refused while it is somebody else's", async () => {
            const { calls } = docker([...lists({ networks: ["you net"] }), up]);
            expect(await failure(composeProject.update?.(state, inputs, context))).to.include(
                "(network net)",
            );
            expect(calls().filter((call) => call.includes(" up "))).to.deep.equal([]);
        });
    });

    describe("that is deleted", () => {
        it("goes with its volumes, the containers first, and nothing of another's", async () => {
            const { calls } = docker([
                ...lists({ ...running, volumes: ["me store", "you cache"] }),
                { to: "* rm --force *" },
            ]);
            await composeProject.delete?.(state, context);
            expect(removals(calls())).to.deep.equal([
                "container rm --force web-1",
                "network rm --force net",
                "volume rm --force store",
            ]);
        });

        it("takes the tags of its images along, and no other's", async () => {
            const { calls } = docker([
                ...lists({}),
                {
                    to: "image ls --format *",
                    prints: "localhost:5050/a:1\nlocalhost:50501/a:1\nlocalhost:5050/a:<none>\nlocalhost:5050/b:2\n",
                },
                { to: "image rm *" },
            ]);
            await composeProject.delete?.({ ...state, imageServer: "localhost:5050" }, context);
            expect(removals(calls())).to.deep.equal(["image rm localhost:5050/a:1 localhost:5050/b:2"]);
        });
    });
});
