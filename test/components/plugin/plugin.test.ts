import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { providerOf } from "../../../components/plugin/plugin.ts";
import type { CustomResource } from "../../../components/resources/resource.ts";

interface Thing {
    readonly name: string;
    readonly word?: string;
    readonly list?: readonly { readonly word: string }[];
    readonly made?: string;
}

const urn = "urn:pulumi:dev::foundation::foundation:index:Registry$foundation:index:Thing::thing";

function secret(value: unknown): object {
    return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** A provider of one resource that keeps what it is given. */
function provide(thing: Partial<CustomResource<Thing, Thing>>) {
    const whole: CustomResource<Thing, Thing> = {
        diff: () => Promise.resolve({ changes: false }),
        create: (state) => Promise.resolve({ id: "1", state }),
        ...thing,
    };
    return providerOf({ Thing: () => Promise.resolve(whole) }, "/project");
}

async function errorOf(work: Promise<unknown> | undefined): Promise<Error> {
    try {
        await work;
    } catch (error) {
        expect(error).to.be.instanceOf(Error);
        return error as Error;
    }
    throw new Error("expected an error");
}

describe("the plugin", () => {
    it("gives plain values to resources, and keeps secret what came in secret", async () => {
        const seen: unknown[] = [];
        const provider = provide({
            create: (state) => {
                seen.push(state);
                return Promise.resolve({ id: "1", state: { ...state, made: "sesame" } });
            },
            secrets: ["made"],
        });
        const inputs = { name: "a", word: secret("hush"), list: [secret({ word: "hush hush" })] };
        const created = await provider.create?.(urn, inputs);
        expect(seen).to.deep.equal([{ name: "a", word: "hush", list: [{ word: "hush hush" }] }]);
        expect(created?.outs).to.deep.equal({
            name: "a",
            word: secret("hush"),
            list: secret([{ word: "hush hush" }]),
            made: secret("sesame"),
            format: 1,
        });
    });

    it("keeps what is withheld from the engine, and gives it to what makes the resource", async () => {
        const seen: unknown[] = [];
        const keep = (state: Thing) => {
            seen.push(state);
            return Promise.resolve({ ...state, made: "x" });
        };
        const provider = provide({
            withheld: ["word"],
            create: async (state) => ({ id: "1", state: await keep(state) }),
            update: (_state, news) => keep(news),
        });
        const checked = await provider.check?.(urn, {}, { name: "a", word: secret("hush hush") });
        expect(checked?.inputs).to.deep.equal({ name: "a" });
        const created = await provider.create?.(urn, { name: "a" });
        await provider.check?.(urn, {}, { name: "a", word: secret("another word") });
        const updated = await provider.update?.("1", urn, { name: "a" }, { name: "a" });
        expect(seen).to.deep.equal([
            { name: "a", word: "hush hush" },
            { name: "a", word: "another word" },
        ]);
        expect([created?.outs, updated?.outs]).to.deep.equal([
            { name: "a", made: "x", format: 1 },
            { name: "a", made: "x", format: 1 },
        ]);
    });

    it("tells no error with what is withheld in it", async () => {
        const provider = provide({
            withheld: ["word"],
            create: ({ word }) => Promise.reject(new Error(`no ${word}`)),
        });
        await provider.check?.(urn, {}, { name: "a", word: secret("hush hush") });
        expect((await errorOf(provider.create?.(urn, { name: "a" }))).message).to.match(/no \[secret\]/);
    });

    it("keeps secrets through check, update and read", async () => {
        const provider = provide({
            check: () => Promise.resolve([]),
            read: (state) => Promise.resolve(state),
            update: (_state, inputs) => Promise.resolve(inputs),
        });
        const raw = { name: "a", word: secret("hush") };
        expect((await provider.check?.(urn, {}, raw))?.inputs).to.deep.equal(raw);
        const kept = { ...raw, format: 1 };
        expect((await provider.update?.("1", urn, raw, raw))?.outs).to.deep.equal(kept);
        expect(await provider.read?.("1", urn, raw)).to.deep.equal({ id: "1", props: kept });
    });

    it("updates a resource from what it was given last, which the engine keeps beside an older state", async () => {
        const seen: unknown[] = [];
        const provider = provide({
            update: (state, news) => {
                seen.push(state);
                return state.word === "newer word"
                    ? Promise.reject(new Error(state.word))
                    : Promise.resolve(news);
            },
        });
        const state = { name: "a", word: secret("old word"), made: "x" };
        await provider.check?.(urn, { name: "a", word: secret("newer word") }, { name: "b" });
        const error = await errorOf(provider.update?.("1", urn, state, { name: "b" }));
        expect(seen).to.deep.equal([{ name: "a", word: "newer word", made: "x" }]);
        expect(error.message).to.include("[secret]").and.not.include("newer");
    });

    it("adds the resource's own inputs, and reports problems without a property", async () => {
        const provider = provide({
            defaults: ({ made }) => ({ made: made ?? "new" }),
            check: (_olds, { made }) => Promise.resolve(made === "new" ? ["one", "two"] : []),
        });
        expect(await provider.check?.(urn, {}, { name: "a" })).to.deep.equal({
            inputs: { name: "a", made: "new" },
            failures: [
                { property: "", reason: "one" },
                { property: "", reason: "two" },
            ],
        });
        const again = await provider.check?.(urn, { name: "a", made: "old" }, { name: "a" });
        expect(again?.inputs).to.deep.equal({ name: "a", made: "old" });
    });

    it("says that a resource is gone, and replaces by deleting first", async () => {
        const provider = provide({
            read: () => Promise.resolve(undefined),
            diff: () => Promise.resolve({ changes: true, replaces: ["name"] }),
        });
        expect(await provider.read?.("1", urn, { name: "a" })).to.deep.equal({ id: "", props: {} });
        expect(await provider.diff?.("1", urn, { name: "a" }, { name: "b" })).to.deep.equal({
            changes: true,
            replaces: ["name"],
            deleteBeforeReplace: true,
        });
    });

    it("shows a problem without its stack, a bug with it, and neither with a secret", async () => {
        const word = "correct horse";
        const hash = `$2b$05$${"a".repeat(53)}`;
        const foreseen = provide({
            create: ({ word = "" }) => Promise.reject(new Problem(`no ${word} and ${hash}`)),
        });
        const problem = await errorOf(foreseen.create?.(urn, { name: "a", word: secret(word) }));
        expect(problem.message).to.equal("no [secret] and [secret]");
        expect(problem.stack).to.equal("");

        const broken = provide({ diff: (state) => Promise.reject(new TypeError(`no ${state.word ?? ""}`)) });
        const bug = await errorOf(broken.diff?.("1", urn, { name: "a", word: secret(word) }, { name: "a" }));
        expect(bug.message).to.match(/^TypeError: no \[secret\]\n +at /);
    });

    it("marks each state with its format, which the resources don't see", async () => {
        const seen: object[] = [];
        const see = (state: Thing) => {
            seen.push(state);
            return state;
        };
        const provider = provide({
            diff: (state) => Promise.resolve({ changes: see(state).name === "b" }),
            read: (state) => Promise.resolve(see(state)),
            update: (state, news) => Promise.resolve({ ...see(state), ...news }),
            delete: (state) => Promise.resolve(void see(state)),
        });
        const kept = { name: "a", format: 1 };
        expect((await provider.create?.(urn, { name: "a" }))?.outs).to.deep.equal(kept);
        // Of a version that had no such mark as well.
        for (const state of [kept, { name: "a" }]) {
            await provider.diff?.("1", urn, state, { name: "a" });
            expect((await provider.read?.("1", urn, state))?.props).to.deep.equal(kept);
            expect((await provider.update?.("1", urn, state, { name: "a" }))?.outs).to.deep.equal(kept);
            await provider.delete?.("1", urn, state);
        }
        expect(seen).to.deep.equal(Array(8).fill({ name: "a" }));
    });

    it("does nothing with a state that a newer version has written, and says so", async () => {
        const provider = provide({});
        const state = { name: "a", format: 2 };
        for (const work of [
            provider.diff?.("1", urn, state, { name: "a" }),
            provider.read?.("1", urn, state),
            provider.update?.("1", urn, state, { name: "a" }),
            provider.delete?.("1", urn, state),
        ]) {
            expect((await errorOf(work)).message).to.match(
                /^a newer version of foundation-image has deployed this stack, .* found format 2; use that version/,
            );
        }
    });

    it("refuses a resource it does not have", async () => {
        const error = await errorOf(provide({}).create?.(urn.replace("index:Thing", "index:Other"), {}));
        expect(error.message).to.include("has no resource Other");
    });

    it("tells resources the project's folder and the stack", async () => {
        const seen: string[] = [];
        const provider = provide({
            delete: (_state, { root, stack }) => {
                seen.push(root, stack);
                return Promise.resolve();
            },
        });
        await provider.delete?.("1", urn, { name: "a" });
        expect(seen).to.deep.equal(["/project", "dev"]);
    });

    it("tells resources when the user interrupts", async () => {
        const signals: AbortSignal[] = [];
        const provider = provide({
            diff: (_state, _inputs, { signal }) => {
                signals.push(signal);
                return Promise.resolve({ changes: false });
            },
        });
        await provider.diff?.("1", urn, { name: "a" }, { name: "a" });
        expect(signals[0]?.aborted).to.equal(false);
        await provider.cancel?.();
        expect(signals[0]?.aborted).to.equal(true);
    });
});
