import * as fs from "node:fs";
import * as path from "node:path";
import type { Clone } from "../../components/workspace/clone.ts";
import { composeFileNames, filesRead } from "../../components/workspace/composeFiles.ts";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import { planFiles, type Files } from "../../components/workspace/planFiles.ts";
import { wantedFiles } from "../../components/workspace/syncedFiles.ts";
import { inOneLine } from "../terminal.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

/** Whether Compose reads what is there: of the files of one kind it takes the first alone. */
export function checkComposeFiles(clone: Clone): Outcome {
    const ignored = clone.folders.flatMap((folder) => {
        const home = path.join(clone.root, folder);
        const read = filesRead(home);
        return composeFileNames.flatMap((kind) => {
            const there = kind.filter((file) => fs.existsSync(path.join(home, file)));
            const others = there.filter((file) => !read.includes(file));
            const first = there.find((file) => read.includes(file));
            if (first === undefined || others.length === 0) return [];
            return [`in ${folder} Compose reads ${first} and not ${others.join(", ")}`];
        });
    });
    if (ignored.length > 0) {
        return warn(ignored.join("; "), "put what they say into one file, and remove the others");
    }
    const { problems } = planFiles(clone.root, filesFor(clone), {});
    if (problems.length > 0) {
        const reasons = problems.map(({ path: file, reason }) => `${file}: ${inOneLine(reason)}`);
        return fail(`not all can be written: ${reasons.join("; ")}`, "fix each of them");
    }
    return ok("each is read");
}

function filesFor(clone: Clone): Files {
    return clone.ownProject === undefined
        ? wantedFiles(clone.root, clone.manifest).files
        : expectedFiles(clone, clone.emitted);
}
