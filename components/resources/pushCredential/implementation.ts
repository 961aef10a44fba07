import { RegistryClient } from "../../oci/client.ts";
import { Problem } from "../../problem.ts";
import type { PushLogin } from "../../azure/exchange.ts";
import { readSettings } from "../../azure/settings.ts";
import { unknownValue, type Context, type CustomResource, type Previewed } from "../resource.ts";
import type { Inputs } from "./pushCredential.ts";

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
        const [{ findCloud }, { credentialOf, methodOf }, { pushLogin }, { azureProblem }] =
            await Promise.all([
                import("../../azure/cloud.ts"),
                import("../../azure/credential.ts"),
                import("../../azure/exchange.ts"),
                import("../../azure/fault.ts"),
            ]);
        const settings = readSettings(inputs.settings, environment);
        const method = methodOf(settings);
        try {
            const cloud = await findCloud(settings, method === "Azure CLI", signal);
            const credential = await credentialOf(settings, cloud);
            return { ...inputs, ...(await pushLogin(inputs.server, credential, settings, signal)) };
        } catch (error) {
            if (signal.aborted) throw new Problem({ wrong: `${inputs.server}: interrupted` });
            throw azureProblem(error, inputs.server, method);
        }
    }

    return {
        secrets: ["password"],

        diff: async (state, news, { signal }) => {
            if (subject(news) !== subject(state)) return { changes: true };
            const minutes = (Date.parse(state.expiresAt) - now().getTime()) / 60_000;
            if (minutes > leastMinutes) return { changes: false };
            // In a preview of a new pull password nobody can look; the deployment will.
            const { pullUsername: username, pullPassword: password, recordedDigest } = news;
            if (username === unknownValue || password === unknownValue) return { changes: false };
            const { tag, channel } = state;
            const found = await digestsOf([tag, channel], state, { username, password }, signal);
            return { changes: found.some((digest) => digest !== recordedDigest) };
        },

        create: async (inputs, context) => ({ id: inputs.server, state: await issue(inputs, context) }),

        update: (_state, inputs, context) => issue(inputs, context),
    };
}

/** What a push would be about, as a text to compare. */
function subject({ server, repository, tag, channel, build }: Previewed<Inputs>): string {
    return JSON.stringify([server, repository, tag, channel, build]);
}

/** What the tags are in the registry; undefined for one that isn't there, and when that can't be seen. */
async function digestsOf(
    tags: readonly string[],
    { server, repository }: State,
    user: { readonly username: string; readonly password: string },
    signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
    const client = new RegistryClient(server, user, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
    return Promise.all(tags.map((tag) => client.digest(repository, tag).catch(() => undefined)));
}

export const pushCredential = pushCredentialIn(() => new Date(), process.env);
