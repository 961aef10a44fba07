import { run } from "../command.ts";
import { withinLimit } from "../network.ts";
import { makeDebianImage } from "../offline/debianImage.ts";
import { buildRegistryImage } from "../offline/registryImage.ts";
import type { Step } from "../report.ts";

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

function pull(image: string): Promise<boolean> {
    return withinLimit(async (signal, answered) => {
        const onOutput = (text: string) => {
            if (text.includes("Pulling from")) answered();
        };
        return (await run("docker", ["pull", image], { signal, onOutput })).code === 0;
    });
}
