import { expect } from "chai";
import fc from "fast-check";
import {
    day,
    isDue,
    isFormerValid,
    isRecordOf,
    slotFor,
    type Slot,
    type SlotRecord,
} from "../../../components/azure/slots.ts";

const now = new Date("2026-06-01T00:00:00Z");
const inDays = (days: number) => new Date(now.getTime() + days * day);
const record = (name: Slot, made: number, end: number): SlotRecord => ({
    name,
    createdAt: inDays(made),
    expiresAt: inDays(end),
});

describe("the slots of a token", () => {
    it("are filled from the first", () => {
        expect(slotFor([], undefined, now)).to.equal("password1");
    });

    it("change with each password", () => {
        const both = [record("password1", -60, 30), record("password2", -120, -30)];
        expect(slotFor(both, { slot: "password1", inForce: true }, now)).to.equal("password2");
        expect(slotFor([record("password2", -60, 30)], { slot: "password2", inForce: true }, now)).to.equal(
            "password1",
        );
    });

    it("lose what a crash left there without anybody knowing it", () => {
        const crashed = [record("password1", -60, 30), record("password2", 0, 90)];
        expect(slotFor(crashed, { slot: "password1", inForce: true }, now)).to.equal("password2");
    });

    it("keep the former password, which is still held, when the published one has vanished", () => {
        const published = { slot: "password2", inForce: false } as const;
        expect(slotFor([record("password1", -60, 30)], published, now)).to.equal("password2");
        // What is there instead was made by hand, or by a deployment that was killed.
        const replaced = [record("password1", -60, 30), record("password2", 0, 90)];
        expect(slotFor(replaced, published, now)).to.equal("password2");
    });

    it("give way from the empty one over the expired one to the older one", () => {
        const expired = [record("password1", -10, 80), record("password2", -5, -1)];
        expect(slotFor(expired, undefined, now)).to.equal("password2");
        const valid = [record("password1", -10, 80), record("password2", -5, 85)];
        expect(slotFor(valid, undefined, now)).to.equal("password1");
    });

    it("never lose the password in force, whatever Azure lists", () => {
        const slot = fc.constantFrom<Slot>("password1", "password2");
        const age = fc.integer({ min: -400, max: 400 });
        const records = fc.uniqueArray(
            fc
                .record({ name: slot, made: age, end: age })
                .map(({ name, made, end }) => record(name, made, end)),
            { selector: ({ name }) => name, maxLength: 2 },
        );
        fc.assert(
            fc.property(records, slot, (found, live) => {
                expect(slotFor(found, { slot: live, inForce: true }, now)).not.to.equal(live);
            }),
        );
    });
});

describe("Azure's record of a password", () => {
    const made = { slot: "password1" as const, createdAt: inDays(-1).toISOString() };

    it("is that of the password which was made then", () => {
        expect(isRecordOf([record("password1", -1, 89)], made, now)).to.equal(true);
    });

    it("may leave out when", () => {
        expect(isRecordOf([{ name: "password1" }], made, now)).to.equal(true);
    });

    it("is somebody else's when it was made later", () => {
        expect(isRecordOf([record("password1", 0, 90)], made, now)).to.equal(false);
    });

    it("counts for nothing once it has expired, or for the other slot", () => {
        expect(isRecordOf([record("password1", -1, 0)], made, now)).to.equal(false);
        expect(isRecordOf([record("password2", -1, 89)], made, now)).to.equal(false);
        expect(isRecordOf([], made, now)).to.equal(false);
    });
});

describe("the password before the published one", () => {
    const published = { slot: "password2", expiresAt: inDays(80).toISOString() } as const;

    it("may be held until its end", () => {
        expect(isFormerValid([record("password1", -60, 30)], published, now)).to.equal(true);
        expect(isFormerValid([record("password1", -60, 0)], published, now)).to.equal(false);
        expect(isFormerValid([record("password2", -60, 30)], published, now)).to.equal(false);
    });

    it("is none of those if it outlives the published one, which nothing that waits for its end would follow", () => {
        expect(isFormerValid([record("password1", 0, 90)], published, now)).to.equal(false);
        expect(isFormerValid([{ name: "password1" }], published, now)).to.equal(false);
    });
});

describe("a password's renewal", () => {
    it("is due from the first moment of the window on", () => {
        const expiresAt = inDays(30).toISOString();
        expect(isDue(expiresAt, 30, now)).to.equal(true);
        expect(isDue(expiresAt, 30, new Date(now.getTime() - 1))).to.equal(false);
    });
});
