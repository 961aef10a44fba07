import { GoModule } from "./goModule.js";

/** Of each plugin: the module, and the variable that its version is linked into. */
const SOURCES = {
    compose: ["github.com/docker/compose/v5", "github.com/docker/compose/v5/internal.Version"],
    buildx: ["github.com/docker/buildx", "github.com/docker/buildx/version.Version"],
};

/**
 * @param {"compose" | "buildx"} name
 * @param {string} output
 * @param {import("../report.js").Step} step
 */
export async function buildCliPlugin(name, output, step) {
    const [path = "", variable = ""] = SOURCES[name];
    const module = new GoModule(name);
    await module.requireGo(`github.com does not answer for Docker's ${name} plugin`);
    await module.build(output, step, { ldflags: `-X ${variable}=v${module.versionOf(path)}` });
}
