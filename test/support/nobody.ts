/** Does it as a user without rights: root may read and write everything. */
export function asNobody<T>(work: () => T): T {
    if (process.geteuid?.() !== 0) return work();
    process.seteuid?.(65_534);
    try {
        return work();
    } finally {
        process.seteuid?.(0);
    }
}
