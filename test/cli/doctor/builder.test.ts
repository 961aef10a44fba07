import { expect } from "chai";
import { builderOutcome } from "../../../cli/doctor/builder.ts";

describe("doctor, of the builder", () => {
    const own = { name: "default", driver: "docker" };
    const use = { reference: "f:1", ownLine: undefined, contextImage: undefined, pulled: false };
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
        expect(remedy).to.equal("`pulumi config set contexts service`, and `pulumi up`");
    });

    it("warns of one that sees no local images, whatever the files are", () => {
        const other = { name: "other", driver: "docker-container" };
        expect(builderOutcome(other, "classic", [])).to.include({ state: "warn" });
    });
});
