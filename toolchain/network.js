/** How long a site may take to begin an answer. */
const ANSWER_LIMIT = 20_000;

/**
 * Whether a site answers at all, within a few seconds: a network that lets nothing through may not say so itself.
 *
 * @param {string} url
 * @returns {Promise<boolean>}
 */
export async function answers(url) {
    try {
        const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(5000) });
        return response.ok;
    } catch {
        return false;
    }
}

/**
 * What a site has there; undefined where it does not answer or does not have it.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<Buffer | undefined>}
 */
export async function get(url, signal) {
    const abort = new AbortController();
    const stop = () => {
        abort.abort();
    };
    const timer = setTimeout(stop, ANSWER_LIMIT);
    signal.addEventListener("abort", stop, { once: true });
    try {
        const response = await fetch(url, { signal: abort.signal });
        // From here on the network works, and what is left takes as long as it takes.
        clearTimeout(timer);
        return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
    } catch {
        signal.throwIfAborted();
        return undefined;
    } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
    }
}
