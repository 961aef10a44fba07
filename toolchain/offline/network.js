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
