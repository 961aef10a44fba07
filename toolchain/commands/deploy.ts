import { hand } from "../command.ts";
import { setUp } from "../setup.ts";

/** `npm run deploy -- up --stack prod`: the deploy stage, with its state in the backend that all deployments share. */
export async function main(args: string[]) {
    await setUp({ pulumi: true, docker: true });
    return hand("node", ["cli/foundation.cjs", "deploy", ...args]);
}
