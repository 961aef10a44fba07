import { GoModule } from "./goModule.ts";
import type { Step } from "../report.ts";

/** Of each plugin: the module, and the variable that its version is linked into. */
const SOURCES = {
    compose: ["github.com/docker/compose/v5", "github.com/docker/compose/v5/internal.Version"],
    buildx: ["github.com/docker/buildx", "github.com/docker/buildx/version.Version"],
};

export async function buildCliPlugin(name: "compose" | "buildx", output: string, step: Step) {
    const [path = "", variable = ""] = SOURCES[name];
    const module = new GoModule(name);
    await module.requireGo(`github.com does not answer for Docker's ${name} plugin`);
    await module.build(output, step, { ldflags: `-X ${variable}=v${module.versionOf(path)}` });
}
