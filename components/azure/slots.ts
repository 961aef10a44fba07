/** One of a token's two passwords; Azure never tells its value again. */
export type Slot = "password1" | "password2";

/** What Azure tells of a password. */
export interface SlotRecord {
    readonly name: Slot;
    readonly createdAt?: Date | undefined;
    readonly expiresAt?: Date | undefined;
}

/**
 * The slot for a new password. One that is published and works is left alone, and so is the one beside a published one
 * that has vanished: developers may still hold the password before it. So a slot whose value nobody knows, after a crash
 * or a change by hand, is what gets lost. Where nothing is published yet, it is a slot that is empty, one that has
 * expired, or the older one.
 *
 * @param found what Azure tells of the token's passwords.
 */
export function slotFor(
    found: readonly SlotRecord[],
    published: { readonly slot: Slot; readonly inForce: boolean } | undefined,
    now: Date,
): Slot {
    if (published !== undefined) return published.inForce ? otherThan(published.slot) : published.slot;
    const age = (slot: Slot): number => {
        const record = found.find(({ name }) => name === slot);
        if (record === undefined) return -2;
        if (record.expiresAt !== undefined && record.expiresAt <= now) return -1;
        return record.createdAt?.getTime() ?? 0;
    };
    return age("password1") <= age("password2") ? "password1" : "password2";
}

function otherThan(slot: Slot): Slot {
    return slot === "password1" ? "password2" : "password1";
}

/**
 * Whether the other slot has a password that developers may hold, and that ends before the published one. Then the next
 * one can wait for its end. It has ended long since, unless the configured days have changed.
 */
export function isFormerValid(
    found: readonly SlotRecord[],
    published: { readonly slot: Slot; readonly expiresAt: string },
    now: Date,
): boolean {
    const end = found.find(({ name }) => name === otherThan(published.slot))?.expiresAt;
    return end !== undefined && end > now && end.getTime() < Date.parse(published.expiresAt);
}

/** Whether Azure's record of a slot is that of the password made then, and it hasn't expired. */
export function isRecordOf(
    found: readonly SlotRecord[],
    { slot, createdAt }: { readonly slot: Slot; readonly createdAt: string },
    now: Date,
): boolean {
    const record = found.find(({ name }) => name === slot);
    if (record === undefined || (record.expiresAt !== undefined && record.expiresAt <= now)) return false;
    // To the second: a later one is somebody else's.
    const made = Math.floor(Date.parse(createdAt) / 1000);
    return record.createdAt === undefined || Math.floor(record.createdAt.getTime() / 1000) <= made;
}

/** Whether it is time for the next password. */
export function isDue(expiresAt: string, renewDays: number, now: Date): boolean {
    return Date.parse(expiresAt) - renewDays * day <= now.getTime();
}

export const day = 24 * 60 * 60 * 1000;
