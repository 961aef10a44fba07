import { expect } from "chai";
import { findLeftovers, noLeftovers } from "../../../components/azure/leftovers.ts";
import { mockEngine, type Functions } from "../../support/mocks.ts";

const parent = "foundation:index:AzureRegistry";
const types = {
    group: `${parent}$azure-native:resources:ResourceGroup`,
    registry: `${parent}$azure-native:containerregistry:Registry`,
    token: `${parent}$azure-native:containerregistry:Token`,
};
const places = { resourceGroupName: "shared", registryName: "acmefoundation", pullName: "foundation-pull" };
const everything = {
    group: { import: "id of group" },
    registry: { import: "id of registry" },
    scopeMap: { import: "id of scopeMap" },
    token: { import: "id of token" },
};

/** An Azure where all four are, with these marks on the two that can have them. */
function azure(groupMark: string, registryMark: string): Functions {
    const has = (what: string, mark?: string) => () => ({
        id: `id of ${what}`,
        ...(mark !== undefined && { tags: { "foundation.owner": mark } }),
    });
    return {
        "azure-native:resources:getResourceGroup": has("group", groupMark),
        "azure-native:containerregistry:getRegistry": has("registry", registryMark),
        "azure-native:containerregistry:getScopeMap": has("scopeMap"),
        "azure-native:containerregistry:getToken": has("token"),
    };
}

describe("findLeftovers", () => {
    async function found(functions: Functions, recorded: readonly string[], mark?: string) {
        await mockEngine({}, false, functions);
        const last = new Map<string, Record<string, unknown>>(recorded.map((type) => [type, {}]));
        if (mark !== undefined) last.set(`${parent}$pulumi:index:Stash`, { output: mark });
        return findLeftovers(last, places);
    }

    it("finds everything that bears the mark and that the state lacks", async () => {
        expect(await found(azure("mine", "mine"), [], "mine")).to.deep.equal(everything);
    });

    it("never takes over what the state has", async () => {
        const recorded = [types.group, types.registry];
        expect(await found(azure("mine", "mine"), recorded, "mine")).to.deep.equal({
            ...everything,
            group: {},
            registry: {},
        });
    });

    it("leaves a registry of somebody else alone, with the scope map and the token in it", async () => {
        expect(await found(azure("mine", "theirs"), [], "mine")).to.deep.equal({
            ...noLeftovers,
            group: everything.group,
        });
    });

    it("leaves a group of somebody else alone", async () => {
        expect(await found(azure("theirs", "mine"), [], "mine")).to.deep.equal({ ...everything, group: {} });
    });

    it("leaves alone what has no mark", async () => {
        const unmarked = { "azure-native:containerregistry:getRegistry": () => ({ id: "id of registry" }) };
        expect(await found({ ...azure("", ""), ...unmarked }, [], "mine")).to.deep.equal(noLeftovers);
    });

    it("finds nothing where Azure has nothing, or does not say", async () => {
        expect(await found({}, [], "mine")).to.deep.equal(noLeftovers);
    });

    it("asks Azure nothing when the state has the token, which comes last, or no mark yet", async () => {
        const asked: string[] = [];
        const functions = Object.fromEntries(
            Object.keys(azure("", "")).map((token) => [token, () => ({ id: String(asked.push(token)) })]),
        );
        expect(await found(functions, [types.token], "mine")).to.deep.equal(noLeftovers);
        expect(await found(functions, [])).to.deep.equal(noLeftovers);
        expect(asked).to.deep.equal([]);
    });
});
