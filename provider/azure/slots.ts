/** One of a token's two passwords; Azure never tells its value again. */
export type Slot = "password1" | "password2";

const slots: readonly Slot[] = ["password1", "password2"];

/** What Azure tells of a password. */
export interface SlotRecord {
    readonly name: Slot;
    readonly createdAt?: Date | undefined;
    readonly expiresAt?: Date | undefined;
}

/**
 * The slot for a new password. The one in force is left alone, whatever its age; else one that is empty, one that has
 * expired, or the older one: so a slot whose value nobody knows, after a crash, is what gets lost.
 *
 * @param found what Azure tells of the token's passwords.
 * @param inForce the slot of the password that is published and works.
 */
export function slotFor(found: readonly SlotRecord[], inForce: Slot | undefined, now: Date): Slot {
    const age = (slot: Slot): number => {
        const record = found.find(({ name }) => name === slot);
        if (record === undefined) return -2;
        if (record.expiresAt !== undefined && record.expiresAt <= now) return -1;
        return record.createdAt?.getTime() ?? 0;
    };
    const [first = "password1"] = slots.filter((slot) => slot !== inForce).sort((a, b) => age(a) - age(b));
    return first;
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
