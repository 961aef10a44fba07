import { expect } from "chai";
import type { Facts } from "../../../cli/status/facts.ts";
import type { LocalImage } from "../../../components/docker/images.ts";
import { disagreements } from "../../../cli/status/gather.ts";
import { planRevert } from "../../../cli/status/revertPlan.ts";
import { splitReference } from "../../../components/render/imageReference.ts";
import { foundationState } from "../../../cli/status/bases.ts";
import { statusOf } from "../../../cli/status/model.ts";
import {
    app,
    builtOn,
    emitted,
    facts,
    foreign,
    foundation,
    image,
    labelled,
    name,
    official,
    older,
    override,
    untagged,
} from "./facts.ts";

type More = NonNullable<Parameters<typeof facts>[0]>;

function onlyApp(more: More) {
    const [status] = statusOf(facts(more)).services;
    if (status === undefined) throw new Error("there is one app");
    return status;
}

function foundationOf(found: Facts) {
    const [status] = statusOf(found).images;
    if (status === undefined) throw new Error("there is one foundation");
    return status;
}

describe("status", () => {
    describe("of the foundation on this machine", () => {
        const local = (images: readonly LocalImage[]) => foundationOf(facts({ images })).local;

        it("is absent before anybody has pulled it", () => {
            expect(local([])).to.include({ state: "absent", tag: null });
        });

        it("is official by its digest", () => {
            expect(local([official])).to.include({ state: "official", tag: "content-new" });
        });

        it("is an override when what has the official name was built here", () => {
            expect(local([override, untagged])).to.include({
                state: "override",
                createdAt: override.createdAt,
            });
        });

        it("is an override for an image that was built by hand, without Compose", () => {
            expect(local([{ ...override, builtFor: undefined }]).state).to.equal("override");
        });

        it("is an older override where a service of another name builds it", () => {
            const left = {
                ...override,
                tags: [],
                builtFor: { project: "foundation-1a2b3c", service: "base" },
            };
            const stateOf = (services: readonly string[]) =>
                foundationState(left, foundation({ services }), { store: "classic" });
            expect(stateOf(["base"])).to.equal("override");
            expect(stateOf(["foundation"])).to.equal(undefined);
        });

        it("is an override for an image store that gives every build a digest", () => {
            const images = [{ ...override, digests: [`${name}@sha256:mine`] }];
            const { local } = foundationOf(facts({ images, store: "containerd" }));
            expect(local.state).to.equal("override");
        });

        it("is moved when the tag is the same and the digest is not", () => {
            expect(local([foreign]).state).to.equal("moved");
        });

        it("is moved when it is somebody's override that the registry has under this tag", () => {
            const pushed = { ...foreign, builtFor: { project: "foundation-1a2b3c", service: "foundation" } };
            expect(local([pushed]).state).to.equal("moved");
            const registry = { state: "answered", channel: "latest", imageDigest: "sha256:foreign" } as const;
            const there = facts({ images: [pushed], store: "containerd", registry });
            expect(foundationOf(there).local.state).to.equal("moved");
        });

        it("is older when only one with another tag is here", () => {
            expect(local([older])).to.include({ state: "older", tag: "content-old" });
        });

        it("is superseded when only an override of an older one is here", () => {
            const former = { ...override, tags: [`${name}:content-old`] };
            expect(local([former])).to.include({ state: "superseded", tag: "content-old" });
        });

        it("takes the newest of several that are not in use", () => {
            const former = { ...override, tags: [`${name}:content-old`], createdAt: "2027-01-01T00:00:00Z" };
            expect(local([older, former]).state).to.equal("superseded");
        });
    });

    describe("of an app", () => {
        it("is not built, and one command builds it", () => {
            expect(onlyApp({})).to.include({
                built: null,
                next: "official",
                command: "cd apps/app1 && docker compose up",
            });
        });

        it("is named in that command where a profile has it, as Compose passes it over else", () => {
            const onOld = { images: [older, builtOn(older)] };
            const services = [app({ inProfile: true })];
            const commands = [{}, onOld].map((more) => onlyApp({ ...more, services }).command);
            expect(commands).to.deep.equal([
                "cd apps/app1 && docker compose up app1",
                "cd apps/app1 && docker compose up --build app1",
            ]);
        });

        it("is on the official foundation by its layers, whatever name that has left", () => {
            const { built, upToDate, command } = onlyApp({ images: [untagged, builtOn(official)] });
            expect(built?.base).to.deep.include({
                state: "official",
                evidence: "layers",
                tag: "content-new",
            });
            expect({ upToDate, command }).to.deep.equal({ upToDate: true, command: null });
        });

        it("needs a build after the foundation was overridden", () => {
            expect(onlyApp({ images: [override, untagged, builtOn(official)] })).to.deep.include({
                next: "override",
                upToDate: false,
                command: "cd apps/app1 && docker compose up --build",
            });
        });

        it("is on the override after that build", () => {
            const { built, upToDate } = onlyApp({ images: [override, untagged, builtOn(override)] });
            expect(built?.base).to.include({ state: "override", createdAt: override.createdAt });
            expect(upToDate).to.equal(true);
        });

        it("needs a build when the override was built again", () => {
            const former = image("former", ["a", "b", "mine before"], {
                builtFor: { project: "foundation-1a2b3c", service: "foundation" },
                tag: "local",
            });
            const { built, upToDate } = onlyApp({ images: [override, former, builtOn(former)] });
            expect(built?.base.state).to.equal("override");
            expect(upToDate).to.equal(false);
        });

        it("stays on the override when the official one is pulled again", () => {
            const former = { ...override, tags: [] };
            const status = statusOf(facts({ images: [official, former, builtOn(override)] }));
            expect(status.services[0]).to.deep.include({ next: "official", upToDate: false });
            expect(status.official).to.equal(false);
        });

        it("is on an older one, and the next build takes the new one from the registry", () => {
            const { built, next, upToDate } = onlyApp({ images: [older, builtOn(older)] });
            expect(built?.base).to.include({ state: "older", tag: "content-old" });
            expect({ next, upToDate }).to.deep.equal({ next: "official", upToDate: false });
        });

        it("is told by the longest base where one was built on top of another", () => {
            const longer = { ...override, layers: [...official.layers, "mine"] };
            expect(onlyApp({ images: [longer, untagged, builtOn(longer)] }).built?.base.state).to.equal(
                "override",
            );
        });

        it("is official where an override without a label has the very same layers and history", () => {
            const [former, same] = [untagged, override].map((base) => ({
                ...base,
                layers: official.layers,
                history: official.history,
                tag: undefined,
            })) as [LocalImage, LocalImage];
            expect(onlyApp({ images: [same, former, builtOn(same)] }).built?.base.state).to.equal("official");
        });

        it("is official by the registry's word when the foundation was never pulled", () => {
            const registry = {
                state: "answered" as const,
                channel: "latest",
                channelDigest: emitted.digest,
                imageDigest: emitted.digest,
                layers: official.layers,
            };
            const { built, upToDate } = onlyApp({ images: [builtOn(official)], registry });
            expect(built?.base).to.deep.include({ state: "official", evidence: "layers" });
            expect(upToDate).to.equal(true);
        });

        for (const [tag, state] of [
            ["content-new", "official"],
            ["local", "override"],
            ["content-old", "older"],
        ] as const) {
            it(`is ${state} by the label ${tag}, when nothing else is known`, () => {
                expect(onlyApp({ images: [labelled(tag, ["x"])] }).built?.base).to.deep.include({
                    state,
                    evidence: "label",
                });
            });
        }

        for (const [title, base] of [
            ["of another foundation", override.layers],
            ["of none that is here", ["x"]],
        ] as const) {
            it(`is unknown with the layers ${title} and the label of another`, () => {
                const images = [untagged, override, labelled("content-new", base)];
                expect(onlyApp({ images }).built?.base.state).to.equal("unknown");
            });
        }

        it("is unknown by a label that is fixed by hand, for that has had many contents", () => {
            const fixed = `${name}:v1`;
            const images = [labelled("v1", ["x"])];
            expect(onlyApp({ image: fixed, images }).built?.base.state).to.equal("unknown");
        });

        describe("whose foundation differs from another in settings alone", () => {
            const settings = { ...override, history: [...override.history, "ENV X=on"] };
            const former = { ...override, id: "former", tags: [] };

            it("is on the one before, and needs a build", () => {
                const status = onlyApp({ images: [settings, former, builtOn(former)] });
                expect(status.built?.base).to.include({ state: "override" });
                expect(status).to.include({ next: "override", upToDate: false });
            });

            it("is on the new one after that build", () => {
                const status = onlyApp({ images: [settings, former, builtOn(settings)] });
                expect(status).to.include({ upToDate: true, command: null });
            });

            it("isn't on the new one even where the one before is gone", () => {
                const status = onlyApp({ images: [settings, builtOn(former)] });
                expect(status.built?.base).to.include({ state: "override", evidence: "label" });
                expect(status.upToDate).to.equal(false);
            });

            it("is not official by the official one's layers", () => {
                const own = {
                    ...settings,
                    layers: official.layers,
                    history: [...official.history, "ENV X=on"],
                };
                const images = [own, untagged, builtOn(own)];
                expect(onlyApp({ images }).built?.base.state).to.equal("override");
                const gone = statusOf(
                    facts({ images: [official, builtOn({ ...own, history: ["ENV X=on"] })] }),
                );
                expect(gone.services[0]?.built?.base).to.include({ state: "override", evidence: "label" });
                expect(gone.official).to.equal(false);
            });
        });

        describe("from before foundations had a label", () => {
            const bare = ({ layers, history, ...rest }: LocalImage) => ({
                ...rest,
                layers,
                history,
                tag: undefined,
            });
            const [before, own] = [bare(official), bare(override)] as const;

            it("is told by layers and history", () => {
                const stateOn = (base: LocalImage, more: More = {}) =>
                    onlyApp({ images: [{ ...before, tags: [] }, own, builtOn(base)], ...more }).built?.base
                        .state;
                expect([stateOn(before), stateOn(own)]).to.deep.equal(["official", "override"]);
                expect(stateOn(image("unseen", ["x"]))).to.equal("unknown");
            });

            it("is told by the registry's layers and history", () => {
                const { layers, history } = before;
                const registry = { state: "answered", channel: "latest", layers, history } as const;
                const stateOn = (base: LocalImage) =>
                    onlyApp({ images: [builtOn(base)], registry }).built?.base.state;
                expect(stateOn(before)).to.equal("official");
                expect(stateOn({ ...before, history: [...history, "ENV X=on"] })).to.equal("official");
                expect(stateOn({ ...before, history: ["ENV X=on"] })).to.equal("unknown");
            });

            it("isn't on a foundation that has one, whose layers are the same", () => {
                expect(onlyApp({ images: [official, builtOn(before)] }).built?.base.state).to.equal(
                    "unknown",
                );
            });
        });

        it("is unknown without any evidence, and not official", () => {
            const status = statusOf(facts({ images: [builtOn(image("unseen", ["x"]))] }));
            expect(status.services[0]?.built?.base.state).to.equal("unknown");
            expect(status.official).to.equal(false);
        });

        it("can't be built without the emitted files, and says so", () => {
            expect(onlyApp({ services: [app({ reference: "", problem: "no .env" })] })).to.include({
                problem: "no .env",
                next: "unknown",
                command: null,
                upToDate: false,
            });
            expect(statusOf(facts({ services: [app({ problem: "no .env" })] })).official).to.equal(false);
        });

        it("can't be told where the user's own Compose file decides what it starts from", () => {
            const status = onlyApp({
                images: [official, builtOn(official)],
                services: [app({ diverted: true })],
            });
            expect(status).to.include({ next: "unknown", command: null, upToDate: false });
        });

        it("knows another tag of the repository, where the registry has told or it was pulled before", () => {
            const registry = { state: "answered", channel: "latest", channelDigest: "sha256:new" } as const;
            const nextOf = (tag: string, more: More) =>
                onlyApp({ services: [app({ reference: `${name}:${tag}` })], ...more }).next;
            expect(nextOf("latest", { registry })).to.equal("official");
            expect(nextOf("latest", { registry: { ...registry, channelDigest: "sha256:newer" } })).to.equal(
                "unknown",
            );
            expect(nextOf("content-old", { images: [older] })).to.equal("older");
            const builder = { name: "other", driver: "docker-container" };
            expect(nextOf("content-old", { images: [older], builder })).to.equal("older");
        });

        it("names the line of a .env that is to go, and has nothing written again for it", () => {
            const serviceWith = (ownLine: number | undefined) => {
                const use = {
                    reference: `${name}:latest`,
                    ownLine,
                    form: undefined,
                    contextImage: undefined,
                    pulled: false,
                };
                return { folder: "apps/app1", uses: new Map([["foundation", use]]) };
            };
            const published = { name: "foundation", reference: emitted.image };
            expect(disagreements([published], [serviceWith(12)])).to.deep.equal([
                `line 12 of apps/app1/.env names ${name}:latest and outranks the emitted one; remove that line to follow it`,
            ]);
            const [other] = disagreements([published], [serviceWith(undefined)]);
            expect(other).to.match(/named in the .env of apps\/app1; run `foundation sync`/);
        });

        it("starts its next build from what the shell names instead", () => {
            const [first] = statusOf(
                facts({ services: [app({ reference: "elsewhere/foundation:1" })] }),
            ).services;
            expect(first?.next).to.equal("unknown");
        });
    });

    describe("of an app, while the official tag is not what was published", () => {
        const answer = { state: "answered", channel: "latest", channelDigest: "sha256:new" } as const;
        const moved = { ...answer, imageDigest: "sha256:foreign" };
        const missing = { ...answer, imageDigest: undefined };

        for (const [state, registry] of Object.entries({ moved, missing })) {
            it(`starts no build from what is ${state}, and names no command that would`, () => {
                expect(onlyApp({ registry })).to.include({ next: state, command: null, upToDate: false });
            });

            it(`leaves one alone that is on the official one when that is ${state}`, () => {
                const layers = official.layers;
                const status = onlyApp({ images: [builtOn(official)], registry: { ...registry, layers } });
                expect(status).to.include({ next: state, command: null, upToDate: true });
            });
        }

        it("starts from the official one where that is on this machine", () => {
            expect(onlyApp({ images: [official], registry: moved }).next).to.equal("official");
        });

        it("doesn't have it built on what was pulled, nor takes it for older where it is", () => {
            expect(onlyApp({ images: [foreign] })).to.include({ next: "moved", command: null });
            const status = statusOf(facts({ images: [foreign, builtOn(foreign)], registry: moved }));
            expect(status.services[0]).to.include({ command: null, upToDate: false });
            expect(status.services[0]?.built?.base.state).to.equal("moved");
            expect(status.official).to.equal(false);
        });
    });

    describe("of containers", () => {
        const running = {
            name: "app1-1a2b3c-app1-1",
            project: "app1-1a2b3c",
            service: "app1",
            image: "app1-1a2b3c-app1",
            running: true,
            imageId: "app on official",
            tag: undefined,
        };

        it("is current when a container runs the newest build", () => {
            const { containers, upToDate } = onlyApp({
                images: [official, builtOn(official)],
                services: [app({ containers: [running] })],
            });
            expect(containers[0]).to.deep.include({ name: "app1-1a2b3c-app1-1", current: true });
            expect(upToDate).to.equal(true);
        });

        it("names one that still runs an older build, and what restarts it", () => {
            const old = { ...builtOn(official), tags: [] };
            const status = onlyApp({
                images: [override, untagged, old, builtOn(override)],
                services: [app({ containers: [running] })],
            });
            expect(status.containers[0]).to.deep.include({ current: false });
            expect(status.containers[0]?.base.state).to.equal("official");
            expect(status.command).to.equal("cd apps/app1 && docker compose up");
        });

        it("asks for nothing on behalf of one that has ended", () => {
            const old = { ...builtOn(official), tags: [] };
            const status = onlyApp({
                images: [override, untagged, old, builtOn(override)],
                services: [app({ containers: [{ ...running, running: false }] })],
            });
            expect(status.upToDate).to.equal(true);
        });

        it("knows one whose image is gone by its own label", () => {
            for (const [tag, state] of [
                ["local", "override"],
                ["content-new", "official"],
                [undefined, "unknown"],
            ] as const) {
                const gone = { ...running, imageId: "gone", tag };
                const { containers } = onlyApp({
                    images: [official, builtOn(official)],
                    services: [app({ containers: [gone] })],
                });
                expect(containers[0]?.base.state, tag).to.equal(state);
                expect(containers[0]?.current, tag).to.equal(false);
            }
        });

        it("counts one under a name given by hand, and asks for nothing on its behalf", () => {
            const other = { ...running, project: "try", image: "try-app1", imageId: "app on override" };
            const found = facts({
                images: [
                    official,
                    { ...override, tags: [] },
                    builtOn(official),
                    { ...builtOn(override), tags: [] },
                ],
                services: [app({ containers: [other] })],
            });
            const status = statusOf(found);
            expect(status.services[0]).to.include({ upToDate: true, command: null });
            expect(status.services[0]?.containers[0]).to.deep.include({ project: "try", current: false });
            expect(status.official).to.equal(false);
            expect(planRevert(found).commands).to.deep.equal([
                "cd apps/app1 && docker compose --project-name try up --build",
            ]);
        });

        it("isn't official while one runs on an override, whatever was built since", () => {
            const old = { ...builtOn(override), tags: [] };
            const status = statusOf(
                facts({
                    images: [official, { ...override, tags: [] }, old, builtOn(official)],
                    services: [app({ containers: [{ ...running, imageId: old.id }] })],
                }),
            );
            expect(status.official).to.equal(false);
        });
    });

    describe("of other services in an app's project", () => {
        const worker = { ...builtOn(override), id: "worker", tags: ["app1-1a2b3c-worker:latest"] };
        const container = {
            name: "w",
            project: "app1-1a2b3c",
            service: "worker",
            image: "app1-1a2b3c-worker",
            running: true,
            imageId: "worker",
            tag: undefined,
        };
        const foundations = [official, { ...override, tags: [] }];

        it("names one that is on an override while the app is on the official one", () => {
            const found = facts({
                images: [...foundations, builtOn(official), worker],
                services: [app({ containers: [container] })],
            });
            const status = statusOf(found);
            expect(status.services[0]?.containers).to.have.length(1);
            expect(status.services[0]?.containers[0]).to.deep.include({ service: "worker", current: true });
            expect(status.services[0]?.containers[0]?.base.state).to.equal("override");
            expect(status.services[0]?.command).to.equal("cd apps/app1 && docker compose up --build");
            expect(status.official).to.equal(false);
            expect(planRevert(found).commands).to.deep.equal(["cd apps/app1 && docker compose up --build"]);
        });

        it("takes it for an older build once its service has another", () => {
            const { containers, command } = onlyApp({
                images: [
                    ...foundations,
                    builtOn(official),
                    { ...worker, tags: [] },
                    { ...builtOn(official), id: "newer", tags: worker.tags },
                ],
                services: [app({ containers: [container] })],
            });
            expect(containers[0]?.current).to.equal(false);
            expect(command).to.equal("cd apps/app1 && docker compose up");
        });

        it("leaves out a database", () => {
            const database = image("worker", ["x", "y"], { tags: ["app1-1a2b3c-worker:latest"] });
            const { containers, upToDate } = onlyApp({
                images: [...foundations, builtOn(official), database],
                services: [app({ containers: [container] })],
            });
            expect(containers).to.deep.equal([]);
            expect(upToDate).to.equal(true);
        });
    });

    describe("of the former name of a Compose project", () => {
        const what = 'of the time when the Compose project of apps/app1 was named "app1"';
        const former = { ...builtOn(official), tags: ["app1-app1:latest"] };
        const left = {
            name: "c",
            project: "app1",
            service: "db",
            image: "db",
            running: false,
            imageId: "",
            tag: undefined,
        };

        it("says what is left of it, and what removes that", () => {
            expect(statusOf(facts({ images: [official, former] })).warnings).to.deep.equal([
                `there is an image ${what}; remove it with \`docker image rm app1-app1\``,
            ]);
            const apps = [app({ containers: [left] })];
            expect(statusOf(facts({ services: apps, images: [official, former] })).warnings).to.deep.equal([
                `there are containers ${what}; remove them with \`cd apps/app1 && docker compose --project-name app1 down --rmi local\``,
            ]);
        });

        it("has nothing to say once those commands have removed it", () => {
            const images = [official, former];
            const [image = ""] = statusOf(facts({ images })).warnings;
            const [, tag = ""] = /`docker image rm ([^`]+)`/.exec(image) ?? [];
            const kept = images.filter(({ tags }) => !tags.includes(`${tag}:latest`));
            expect(statusOf(facts({ images: kept })).warnings).to.deep.equal([]);

            const [containers = ""] = statusOf(
                facts({ services: [app({ containers: [left] })], images }),
            ).warnings;
            const [, project = ""] = /--project-name (\S+) down --rmi local`/.exec(containers) ?? [];
            const down = facts({
                services: [app({ containers: [left].filter((container) => container.project !== project) })],
                images: images.filter(({ tags }) => !tags.some((name) => name.startsWith(`${project}-`))),
            });
            expect(statusOf(down).warnings).to.deep.equal([]);
        });

        it("has nothing to say of another repository's image, or where it is still the name", () => {
            const other = { ...former, layers: ["x"], tag: undefined };
            expect(statusOf(facts({ images: [official, other] })).warnings).to.deep.equal([]);
            const container = { ...left, project: "app1" };
            const apps = [app({ project: "app1", image: "app1-app1", containers: [container] })];
            expect(statusOf(facts({ services: apps, images: [official, former] })).warnings).to.deep.equal(
                [],
            );
        });
    });

    describe("for another platform than Docker runs", () => {
        const registry = {
            state: "answered",
            channel: "latest",
            imageDigest: "sha256:new",
            platforms: ["linux/amd64"],
        } as const;

        it("says that the published foundation lacks it, and how to publish for it", () => {
            const { warnings } = statusOf(facts({ registry, platform: "linux/arm64" }));
            expect(warnings).to.deep.equal([
                "the foundation in the registry is for linux/amd64, and not for linux/arm64; publish it for that as well, with `pulumi config set-all --path --plaintext 'platforms[0]=linux/amd64' --plaintext 'platforms[1]=linux/arm64'`, a builder that can build for it and `pulumi up`",
            ]);
            const platforms = [...(warnings[0] ?? "").matchAll(/platforms\[\d\]=([^']+)/g)].map(
                ([, name = ""]) => name,
            );
            for (const platform of platforms) {
                const published = { registry: { ...registry, platforms }, platform };
                expect(statusOf(facts(published)).warnings).to.deep.equal([]);
            }
            expect(statusOf(facts({ registry })).warnings).to.deep.equal([]);
        });

        it("says that what is here is for another one", () => {
            const { warnings } = statusOf(facts({ images: [official], platform: "linux/arm64" }));
            expect(warnings).to.have.length(1);
            expect(warnings[0]).to.match(
                /^the foundation here is for linux\/amd64, and Docker runs linux\/arm64; /,
            );
        });

        it("takes an app for that platform at its label's word, as there is nothing to compare with", () => {
            const emulated = { ...labelled("content-new", ["arm"]), platform: "linux/arm64" };
            expect(onlyApp({ images: [official, emulated] }).built?.base.state).to.equal("official");
        });
    });

    describe("with a builder that can't see local images", () => {
        const builder = { name: "other", driver: "docker-container" };

        it("says that an override would be ignored, and the command that fixes it", () => {
            const { services, warnings } = statusOf(facts({ images: [override], builder }));
            expect(services[0]?.next).to.equal("official");
            expect(warnings).to.have.length(1);
            expect(warnings[0]).to.match(/"other".*docker buildx use "\$\(docker context show\)"/);
        });

        it("has nothing to say without an override", () => {
            expect(statusOf(facts({ images: [official], builder })).warnings).to.deep.equal([]);
        });
    });

    describe("with the containerd image store", () => {
        const apps = [app({ form: "image" }), app({ folder: "apps/app2", image: "app2-app2" })];

        it("says which apps would not be built on an override, and what to change", () => {
            const status = statusOf(facts({ images: [override], services: apps, store: "containerd" }));
            expect(status.services.map(({ next }) => next)).to.deep.equal(["official", "override"]);
            expect(status.warnings).to.have.length(1);
            expect(status.warnings[0]).to.match(
                /foundation of apps\/app1 from the registry.*config set contexts service.*ARG FOUNDATION_IMAGE/,
            );
        });

        it("has nothing to say of one whose context is a service", () => {
            const served = [app({ form: "service" })];
            const status = statusOf(facts({ images: [override], services: served, store: "containerd" }));
            expect(status.services[0]?.next).to.equal("override");
            expect(status.warnings).to.deep.equal([]);
        });

        it("is content with one that is built on the official one, for it would be again", () => {
            const images = [override, untagged, builtOn(official)];
            const [first] = statusOf(facts({ images, services: apps, store: "containerd" })).services;
            expect(first).to.include({ upToDate: true, command: null });
        });

        it("takes one with the label of an override on other layers for neither", () => {
            for (const layers of [official.layers, ["x"]]) {
                const images = [override, untagged, labelled("local", layers)];
                const [first] = statusOf(facts({ images, services: apps, store: "containerd" })).services;
                expect(first?.built?.base).to.include({ state: "unknown", evidence: null });
                expect(first?.upToDate).to.equal(false);
            }
        });

        it("finds one on the override where the registry was out of reach", () => {
            const images = [override, untagged, builtOn(override)];
            const [first] = statusOf(facts({ images, services: apps, store: "containerd" })).services;
            expect(first?.built?.base.state).to.equal("override");
        });

        it("has nothing to say without an override", () => {
            expect(
                statusOf(facts({ images: [official], services: apps, store: "containerd" })).warnings,
            ).to.deep.equal([]);
        });
    });

    it("says which folders' builds pull and so pass over an override, with nothing to say without one", () => {
        const services = [app({ pulled: true }), app({ folder: "apps/app2", image: "app2-app2" })];
        const status = statusOf(facts({ images: [override], services }));
        expect(status.services.map(({ next }) => next)).to.deep.equal(["official", "override"]);
        expect(status.warnings.join("\n")).to.match(
            /^`pull: true` .* next build in apps\/app1 start from the registry's foundation .*; remove it while you try/,
        );
        expect(statusOf(facts({ images: [official], services })).warnings).to.deep.equal([]);
        const [removed] = statusOf(facts({ images: [override], services: [app()] })).services;
        expect(removed?.next).to.equal("override");
    });

    describe("of the registry", () => {
        const answer = { state: "answered", channel: "latest", imageDigest: "sha256:new" } as const;
        const registry = (more: object) =>
            foundationOf(facts({ registry: { ...answer, channelDigest: "sha256:new", ...more } })).registry;

        it("is current when the channel is what is in use", () => {
            expect(registry({})).to.deep.equal({ state: "current", detail: null });
        });

        it("is newer when the channel has moved on", () => {
            expect(registry({ channelDigest: "sha256:newer" })).to.deep.equal({
                state: "newer",
                detail: "latest is sha256:newer",
            });
        });

        it("is moved when the tag names another image", () => {
            expect(registry({ imageDigest: "sha256:other" }).state).to.equal("moved");
        });

        it("is missing when the image was deleted", () => {
            expect(registry({ imageDigest: undefined }).state).to.equal("missing");
        });
    });

    it("takes an image of another repository for no foundation", () => {
        const other = image("other", ["x"], { tags: ["debian:12"] });
        expect(foundationState(other, foundation(), facts())).to.equal(undefined);
    });

    it("reads a port as a port", () => {
        expect(splitReference("localhost:5050/team/foundation")).to.deep.equal({
            name: "localhost:5050/team/foundation",
            tag: undefined,
            digest: undefined,
        });
    });
});
