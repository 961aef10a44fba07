import { expect } from "chai";
import { daysLeft, expiryText } from "../../cli/expiry.ts";

describe("when a password ends", () => {
    const now = new Date("2026-01-02T12:00:00Z");

    for (const [moment, days, text] of [
        ["2026-01-04T12:00:00Z", 2, "expires in 2 days (2026-01-04)"],
        ["2026-01-03T12:00:00Z", 1, "expires in 1 day (2026-01-03)"],
        ["2026-01-03T11:59:59Z", 0, "expires within a day (2026-01-03)"],
        ["2026-01-02T11:59:59Z", -1, "expired on 2026-01-02"],
        ["never", undefined, "never expires"],
        [undefined, undefined, "may have expired"],
    ] as const) {
        it(`is told as "${text}" of ${moment ?? "what nobody says"}`, () => {
            expect(daysLeft(moment, now)).to.equal(days);
            expect(expiryText(moment, now)).to.equal(text);
        });
    }
});
