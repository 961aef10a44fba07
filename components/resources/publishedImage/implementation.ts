import type { Context, CustomResource } from "../resource.ts";
import { prove } from "./proof.ts";
import type { Inputs } from "./publishedImage.ts";

/** With another of any of them, the image was pushed again. */
const marks = ["server", "repository", "tag", "digest", "instance"] as const;

/**
 * An image that is proven to be in the registry. What is emitted comes after it, so that nobody is ever pointed at an
 * image that can't be pulled.
 */
export const publishedImage: CustomResource<Inputs, Inputs> = {
    diff: (state, news) => Promise.resolve({ changes: marks.some((key) => state[key] !== news[key]) }),

    create: async (inputs, context) => {
        await prove(inputs, context);
        return { id: `${inputs.server}/${inputs.repository}`, state: inputs };
    },

    update: async (_state, inputs, context) => {
        await prove(inputs, context);
        return inputs;
    },

    delete: (_state, context) => removeCopies(context),
};

/** Not with the build: one that is made anew, as by `pulumi up --replace`, still needs its copy. */
export async function removeCopies({ root, stack }: Context): Promise<void> {
    const { removeStagedContexts } = await import("../../workspace/stagedContext.ts");
    removeStagedContexts(root, stack);
}
