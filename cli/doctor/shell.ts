import { Problem, type ProblemParts } from "../../components/problem.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import { environmentWarnings } from "../status/warnings.ts";
import { fail, ok, type Outcome } from "./check.ts";

/** Whether the shell sets what outranks the emitted files. */
export function checkShell(manifest: Manifest | Problem): Outcome {
    const foundations = manifest instanceof Problem ? ["foundation"] : Object.keys(manifest.images);
    const found: readonly ProblemParts[] = [
        ...environmentWarnings(foundations),
        ...(process.env["BUILDX_BUILDER"] === undefined
            ? []
            : [
                  {
                      wrong: "BUILDX_BUILDER outranks the builder that the emitted .env chooses",
                      remedy: "run `unset BUILDX_BUILDER`",
                  },
              ]),
        ...(process.env["DOCKER_BUILDKIT"] === "0"
            ? [
                  {
                      wrong: "DOCKER_BUILDKIT=0 chooses a builder without named contexts",
                      remedy: "run `unset DOCKER_BUILDKIT`",
                  },
              ]
            : []),
    ];
    if (found.length === 0) return ok("sets nothing that gets in the way");
    return fail(
        found.map(({ wrong }) => wrong).join("; "),
        found.map(({ remedy = "" }) => remedy).join(", "),
    );
}
