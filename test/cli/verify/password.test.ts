import { expect } from "chai";
import { checkPassword } from "../../../cli/verify/password.ts";

describe("verify, of the pull password", () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const found = (expiresAt: string | undefined, refusal?: string) =>
        checkPassword(expiresAt, 30, refusal, now).map(({ severity, check }) => `${severity} ${check}`);

    it("has nothing to say before the day on which the next one is due", () => {
        expect(found("2026-01-31T00:00:00Z")).to.deep.equal([]);
        expect(found("never")).to.deep.equal([]);
        expect(found(undefined)).to.deep.equal([]);
    });

    it("warns of one that is due, and takes it for an error once it has ended", () => {
        expect(found("2026-01-30T23:59:59Z")).to.deep.equal(["warning expiry"]);
        expect(found("2026-01-01T00:00:01Z")).to.deep.equal(["warning expiry"]);
        expect(found("2025-12-31T23:59:59Z")).to.deep.equal(["error expiry"]);
    });

    it("takes a refusal for the credential's fault until the password has ended", () => {
        expect(found("2026-01-31T00:00:00Z", "refused")).to.deep.equal(["error credential"]);
        expect(found("2025-12-31T00:00:00Z", "refused")).to.deep.equal(["error expiry"]);
    });
});
