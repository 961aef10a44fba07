import { expect } from "chai";
import { age } from "../../../cli/status/age.ts";

const now = new Date("2026-01-02T12:00:00Z");

describe("age", () => {
    for (const [moment, text] of [
        ["2026-01-02T11:59:30Z", "just now"],
        ["2026-01-02T11:59:00Z", "1 minute ago"],
        ["2026-01-02T10:00:00.123456789Z", "1 hour ago"],
        ["2025-12-31T12:00:00Z", "2 days ago"],
        ["2026-01-02T12:00:05Z", "just now"],
    ] as const) {
        it(`of ${moment} is ${text}`, () => {
            expect(age(moment, now)).to.equal(text);
        });
    }
});
