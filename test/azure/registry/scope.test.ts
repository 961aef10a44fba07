import { expect } from "chai";
import { parseScopes } from "./scope.ts";

describe("the scopes of a token request", () => {
    it("come one a parameter, or several in one", () => {
        expect(
            parseScopes(["repository:a/b:pull,push registry:catalog:*", "repository:c:pull"]),
        ).to.deep.equal([
            { type: "repository", name: "a/b", actions: ["pull", "push"] },
            { type: "registry", name: "catalog", actions: ["*"] },
            { type: "repository", name: "c", actions: ["pull"] },
        ]);
    });

    it("may name a port", () => {
        expect(parseScopes(["repository:host:5000/a:pull"])).to.deep.equal([
            { type: "repository", name: "host:5000/a", actions: ["pull"] },
        ]);
    });

    it("may be absent", () => {
        expect(parseScopes([])).to.deep.equal([]);
        expect(parseScopes([""])).to.deep.equal([]);
    });
});
