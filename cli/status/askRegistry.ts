import { LoginRefused, RegistryClient, type RegistrySilent } from "../../components/oci/client.ts";
import { readLogin, type Login } from "../../components/oci/dockerLogin.ts";
import { Problem } from "../../components/problem.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { RegistryAnswer } from "./facts.ts";
import type { Manifest, ManifestImage } from "../../components/render/manifest.ts";

/** Long enough for a registry on the other side of the world, short enough for a question asked many times a day. */
const patienceMs = 2000;

/** What the registry has, asked with the login that Docker has for it; of the image, what is for this platform. */
export async function askRegistry(
    { reference, digest, channel }: Pick<ManifestImage, "reference" | "digest" | "channel">,
    platform: string,
): Promise<RegistryAnswer> {
    const { server, repository, tag } = parseReference(reference);
    let login: Login | undefined;
    try {
        login = await readLogin(server);
        // Some let in whoever comes.
        const client = new RegistryClient(server, login, AbortSignal.timeout(patienceMs));
        const [imageDigest, channelDigest, image] = await Promise.all([
            client.digest(repository, tag ?? "latest"),
            client.digest(repository, channel),
            client.image(repository, digest, platform),
        ]);
        return { state: "answered", channel, channelDigest, imageDigest, ...image };
    } catch (error) {
        if (error instanceof LoginRefused) {
            if (login === undefined) return { state: "no-login" };
            return { state: "silent", reason: `${error.message}; log in again with \`foundation login\`` };
        }
        if (error instanceof Problem) return { state: "silent", reason: error.message };
        throw error;
    }
}

/** That a registry keeps silent, with what to do about it: the local one is ours to start. */
export function unreached({ parts }: RegistrySilent, kind: Manifest["registry"]["kind"]): Problem {
    const start =
        kind === "local"
            ? "start it with `pulumi up`"
            : "see whether the registry is up and can be reached from here";
    const { wrong, remedy = start } = parts;
    return new Problem({ wrong, remedy });
}
