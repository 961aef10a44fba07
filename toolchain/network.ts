/** How long a site may take to begin an answer. */
const ANSWER_LIMIT = 20_000;

/** Whether a site answers at all, within a few seconds: a network that lets nothing through may not say so itself. */
export async function answers(url: string): Promise<boolean> {
    try {
        const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(5000) });
        return response.ok;
    } catch {
        return false;
    }
}

/** What a site has there; undefined where it does not answer or does not have it. */
export async function get(url: string, signal: AbortSignal): Promise<Buffer | undefined> {
    try {
        return await withinLimit(async (limit, answered) => {
            const response = await fetch(url, { signal: AbortSignal.any([signal, limit]) });
            answered();
            return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
        });
    } catch {
        signal.throwIfAborted();
        return undefined;
    }
}

/**
 * Ends work whose answer does not begin in time.
 *
 * @param work calls `answered` when it does: then the network works, and what is left takes as long as it takes
 */
export async function withinLimit<T>(
    work: (limit: AbortSignal, answered: () => void) => Promise<T>,
): Promise<T> {
    const limit = new AbortController();
    const timer = setTimeout(() => {
        limit.abort();
    }, ANSWER_LIMIT);
    const answered = () => {
        clearTimeout(timer);
    };
    return work(limit.signal, answered).finally(answered);
}
