import { RegistryClient } from "../../oci/client.ts";
import type { PasswordLogin } from "../../oci/dockerLogin.ts";
import type { PushLogin } from "../../azure/exchange.ts";
import { readSettings } from "../../azure/settings.ts";
import { unknownValue, type Context, type CustomResource, type Previewed } from "../resource.ts";
import type { Inputs, Push } from "./pushCredential.ts";

interface State extends Inputs, PushLogin {}

/** Not one that ends while a large image is on its way. */
const leastMinutes = 30;

/**
 * A credential to push with, made when there is something to push and at no other time.
 *
 * The image provider doesn't look at passwords, so nothing but this resource has to know what a push is about: another
 * tag, build or registry asks for a new credential. One that was used up by a push that failed is told from one that
 * has simply expired since by the registry: there the tag and the channel are the image that the state knows of, or
 * there is a push to come. A push may have arrived without the state knowing, when its deployment was killed.
 */
export function pushCredentialIn(
    now: () => Date,
    environment: NodeJS.ProcessEnv,
): CustomResource<Inputs, State> {
    async function issue(inputs: Inputs, { signal }: Context): Promise<State> {
        const { pushLogin } = await import("../../azure/exchange.ts");
        const settings = readSettings(inputs.settings, environment);
        return { ...inputs, ...(await pushLogin(inputs.server, settings, signal)) };
    }

    return {
        secrets: ["password"],

        diff: async (state, news, { signal }) => {
            if (subject(news) !== subject(state)) return { changes: true };
            const minutes = (Date.parse(state.expiresAt) - now().getTime()) / 60_000;
            if (minutes > leastMinutes) return { changes: false };
            // In a preview of a new pull password nobody can look; the deployment will.
            const { pullUsername: username, pullPassword: password } = news;
            if (username === unknownValue || password === unknownValue) return { changes: false };
            const arrived = await Promise.all(
                // The subject is the same, so nothing of the images is unknown.
                (news as Inputs).images.map((image) => isThere(image, state, { username, password }, signal)),
            );
            return { changes: arrived.includes(false) };
        },

        create: async (inputs, context) => ({ id: inputs.server, state: await issue(inputs, context) }),

        update: (_state, inputs, context) => issue(inputs, context),
    };
}

/** What a push would be about, as a text to compare. */
function subject({ server, images, channel, build }: Previewed<Inputs>): string {
    // A state of version 0.1 has one image, and no list.
    const pushes = Array.isArray(images)
        ? (images as Inputs["images"]).map(({ repository, tag, content }) => [repository, tag, content])
        : images;
    return JSON.stringify([server, pushes, channel, build]);
}

/** Whether both tags are in the registry what the state knows; false as well when that can't be seen. */
async function isThere(
    { repository, tag, recordedDigest }: Push,
    { server, channel }: State,
    user: PasswordLogin,
    signal: AbortSignal,
): Promise<boolean> {
    const client = new RegistryClient(server, user, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
    const found = await Promise.all(
        [tag, channel].map((name) => client.digest(repository, name).catch(() => undefined)),
    );
    return found.every((digest) => digest === recordedDigest);
}

export const pushCredential = pushCredentialIn(() => new Date(), process.env);
