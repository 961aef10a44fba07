import { askEngine } from "../../components/docker/engine.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import { readLogin, unreadableConfig, type Login } from "../../components/oci/dockerLogin.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import { unreached } from "../status/askRegistry.ts";
import { republish } from "../status/model.ts";
import { platformProblem } from "../status/platform.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

/** Whether Docker's login lets the foundations be pulled, and they are for what Docker runs. */
export async function checkLogin({ registry: { server, kind }, images }: Manifest): Promise<Outcome> {
    let login: Login | undefined;
    try {
        login = await readLogin(server);
        const client = new RegistryClient(server, login, AbortSignal.timeout(3000));
        const platform = await askEngine((engine) => Promise.resolve(engine.platform));
        const found = await Promise.all(
            Object.entries(images).map(async ([name, { reference, digest }]) => {
                // By the tag, as Compose asks for it; a registry may have the image without.
                const { repository, tag = digest } = parseReference(reference);
                return { name, platforms: (await client.image(repository, tag, platform))?.platforms };
            }),
        );
        const missing = found.filter(({ platforms }) => platforms === undefined);
        if (missing.length > 0) {
            const names = missing.map(({ name }) =>
                found.length === 1 ? "the foundation" : `the foundation ${name}`,
            );
            return fail(
                `${server} accepts it, but doesn't have ${names.join(", ")}`,
                `publish it again with ${republish}`,
            );
        }
        const foreign = found.flatMap(
            ({ name, platforms = [] }) => platformProblem(name, platforms, platform) ?? [],
        );
        if (foreign.length === 0) return ok(`${server} lets ${login?.username ?? "anybody"} pull`);
        return warn(
            foreign.map(({ wrong }) => wrong).join("; "),
            foreign.map(({ remedy }) => remedy).join("; "),
        );
    } catch (error) {
        if (error instanceof LoginRefused) {
            const broken = unreadableConfig();
            if (broken !== undefined) {
                return fail(
                    `${broken} is not what Docker can read`,
                    "fix it, or move it away and log in again",
                );
            }
            return login === undefined
                ? fail(`none for ${server}`, "log in with `foundation login`")
                : fail(error.message, "get the current one with `foundation login`");
        }
        throw error instanceof RegistrySilent ? unreached(error, kind) : error;
    }
}
