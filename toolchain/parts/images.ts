import { run } from "../command.ts";
import { makeDebianImage } from "../offline/debianImage.ts";
import { buildRegistryImage } from "../offline/registryImage.ts";
import type { Step } from "../report.ts";

/** How long Docker Hub may take to say that it has the image. */
const ANSWER_LIMIT = 20_000;

/** The registry's own image. */
export function provideRegistryImage(step: Step) {
    return provideImage("registry:3", buildRegistryImage, step);
}

/** The image that the example foundation starts from. */
export function provideDebianImage(step: Step) {
    return provideImage("debian:bookworm-slim", makeDebianImage, step);
}

/** @param make where Docker Hub does not answer; says how */
async function provideImage(image: string, make: (image: string, step: Step) => Promise<string>, step: Step) {
    if ((await run("docker", ["image", "inspect", image])).code === 0) {
        return { title: image, how: "already here" };
    }
    step.doing("pulling");
    return { title: image, how: (await pull(image)) ? "pulled" : await make(image, step) };
}

async function pull(image: string): Promise<boolean> {
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
