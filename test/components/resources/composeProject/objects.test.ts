import { expect } from "chai";
import {
    containersOf,
    objectsOf,
    removeObjects,
    volumesOf,
    type ComposeObject,
} from "../../../../components/resources/composeProject/objects.ts";
import { standInDocker, type Answer } from "../../../support/docker.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { hurried } from "../../../support/hurry.ts";

describe("what Docker keeps for a Compose project", () => {
    const docker = standInDocker(temporaryFolders());

    // Docker gives these columns to exactly these questions, and an empty one for a label that isn't there.
    const filter = "--filter label=com.docker.compose.project=registry --format";
    const owner = '{{.Label "foundation.owner"}}';
    const answers: readonly Answer[] = [
        {
            to: `ps --all ${filter} ${owner}\t{{.Names}}\t{{.Label "com.docker.compose.service"}}\t{{.State}}`,
            prints: "me\tweb-1\tweb\trunning\n\tother-1\tother\texited\n",
        },
        { to: `volume ls ${filter} ${owner}\t{{.Name}}`, prints: "me\tstore\n" },
        { to: `network ls ${filter} ${owner}\t{{.Name}}`, prints: "me\tnet\n" },
    ];
    const none = { service: "", state: "" };
    const containers: readonly ComposeObject[] = [
        { kind: "container", owner: "me", name: "web-1", service: "web", state: "running" },
        { kind: "container", owner: "", name: "other-1", service: "other", state: "exited" },
    ];
    const volumes: readonly ComposeObject[] = [{ kind: "volume", owner: "me", name: "store", ...none }];
    const networks: readonly ComposeObject[] = [{ kind: "network", owner: "me", name: "net", ...none }];

    for (const [title, list, expected] of [
        ["containers, with their services, and with those that don't run", containersOf, containers],
        ["volumes", volumesOf, volumes],
        ["containers, volumes and networks", objectsOf, [...containers, ...volumes, ...networks]],
    ] as const) {
        it(`is listed with its owners: ${title}`, async () => {
            docker(answers);
            expect(await list("registry")).to.deep.equal(expected);
        });

        it(`is not asked for after an interruption: ${title}`, async () => {
            docker(answers);
            const listed = await list("registry", AbortSignal.abort()).catch(String);
            expect(listed).to.match(/ was interrupted$/);
        });
    }

    it("may take longer to remove than an answer does", async () => {
        const { calls } = docker([{ to: "* rm --force *", seconds: 2.5 }]);
        await hurried(2.5, () => removeObjects(volumes));
        expect(calls()).to.deep.equal(["volume rm --force store"]);
    });
});
