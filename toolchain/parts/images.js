import { run } from "../command.js";
import { makeDebianImage } from "../offline/debianImage.js";
import { buildRegistryImage } from "../offline/registryImage.js";

/** How long Docker Hub may take to say that it has the image. */
const ANSWER_LIMIT = 20_000;

/**
 * The registry's own image.
 *
 * @param {import("../report.js").Step} step
 */
export function provideRegistryImage(step) {
    return provideImage("registry:3", buildRegistryImage, step);
}

/**
 * The image that the example foundation starts from.
 *
 * @param {import("../report.js").Step} step
 */
export function provideDebianImage(step) {
    return provideImage("debian:bookworm-slim", makeDebianImage, step);
}

/**
 * @param {string} image
 * @param {(image: string, step: import("../report.js").Step) => Promise<string>} make where Docker Hub does not answer; says how
 * @param {import("../report.js").Step} step
 */
async function provideImage(image, make, step) {
    if ((await run("docker", ["image", "inspect", image])).code === 0) {
        return { title: image, how: "already here" };
    }
    step.doing("pulling");
    return { title: image, how: (await pull(image)) ? "pulled" : await make(image, step) };
}

/**
 * @param {string} image
 * @returns {Promise<boolean>}
 */
async function pull(image) {
    const limit = new AbortController();
    const timer = setTimeout(() => {
        limit.abort();
    }, ANSWER_LIMIT);
    const { code } = await run("docker", ["pull", image], {
        signal: limit.signal,
        onOutput: (text) => {
            // From here on the network works, and what is left takes as long as it takes.
            if (text.includes("Pulling from")) clearTimeout(timer);
        },
    });
    clearTimeout(timer);
    return code === 0;
}
