import { compare } from "bcryptjs";
import { expect } from "chai";
import { htpasswdUser } from "../../../../components/resources/htpasswdUser/implementation.ts";
import { contextIn } from "../../../support/context.ts";

const told: string[] = [];
const context = contextIn("/", told);

describe("HtpasswdUser", () => {
    it("makes a new password for each user, which the hash is for", async () => {
        const { id, state } = await htpasswdUser.create({ username: "puller" }, context);
        expect(state.password).to.match(/^[A-Za-z0-9_-]{43}$/);
        const [name, hash = ""] = state.htpasswd.split(":");
        expect(name).to.equal("puller");
        // The registry knows no other prefix than $2a$, $2b$ and $2y$.
        expect(hash).to.match(/^\$2b\$05\$/);
        expect(await compare(state.password, hash)).to.equal(true);
        expect(htpasswdUser.secrets).to.deep.equal(["password", "htpasswd"]);

        // Nothing about a user is for the log.
        expect(told).to.deep.equal([]);

        const other = await htpasswdUser.create({ username: "puller" }, context);
        expect(other.id).to.not.equal(id);
        expect(other.state.password).to.not.equal(state.password);
    });

    it("is another one under another name, and otherwise never changes", async () => {
        const { state } = await htpasswdUser.create({ username: "puller" }, context);
        expect(await htpasswdUser.diff(state, { username: "puller" }, context)).to.deep.equal({
            changes: false,
            replaces: [],
        });
        expect(await htpasswdUser.diff(state, { username: "pusher" }, context)).to.deep.equal({
            changes: true,
            replaces: ["username"],
        });
    });

    it("refuses names that an htpasswd file can't hold", async () => {
        for (const username of ["", "a:b", "a b", "a\nb"]) {
            expect(await htpasswdUser.check?.({}, { username }, context)).to.deep.equal([
                `username must be without colons and white space, found ${JSON.stringify(username)}`,
            ]);
        }
        expect(await htpasswdUser.check?.({}, { username: "foundation-pull" }, context)).to.deep.equal([]);
    });
});
