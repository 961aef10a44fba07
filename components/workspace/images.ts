import * as fs from "node:fs";
import * as path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import { readChain, type Link, type Linked } from "../render/chain.ts";
import { dockerfileRemedy } from "./buildContext.ts";

/**
 * The images with those that each is built on, parents before children.
 *
 * @param root the repository's root.
 * @throws Problem listing every Dockerfile that can't be used, or the circle that there is.
 */
export function readImages<Image extends Link>(
    root: string,
    images: readonly Image[],
): readonly Linked<Image>[] {
    const unread: string[] = [];
    const reading = readChain(images, ({ dockerfile }) => {
        try {
            return fs.readFileSync(path.join(root, dockerfile), "utf8");
        } catch (error) {
            unread.push(`${dockerfile}: it can't be read (${systemReason(error)}); ${dockerfileRemedy}`);
            return "FROM scratch\n";
        }
    });
    const problems = [...unread, ...("problems" in reading ? reading.problems : [])];
    if ("problems" in reading || problems.length > 0) {
        throw Problem.of("not every image can be built", problems);
    }
    return reading.chain;
}
