import { randomBytes } from "node:crypto";
import type { CustomResource } from "../resource.ts";
import type { Inputs } from "./htpasswdUser.ts";

interface State extends Inputs {
    readonly password: string;
    readonly htpasswd: string;
}

// The registry verifies the hash with each request. The password has 256 random bits, so nobody can try them all
// however fast the hash is.
const bcryptCost = 5;

/** A user with a password that is made once, when the user is. */
export const htpasswdUser: CustomResource<Inputs, State> = {
    secrets: ["password", "htpasswd"],

    check: (_olds, { username }) => {
        // A colon ends the name in a line of an htpasswd file.
        const sound = /^[^:\s]+$/.test(username);
        return Promise.resolve(
            sound
                ? []
                : [`username must be without colons and white space, found ${JSON.stringify(username)}`],
        );
    },

    diff: (state, { username }) => {
        const replaces = state.username === username ? [] : ["username"];
        return Promise.resolve({ changes: replaces.length > 0, replaces });
    },

    create: async ({ username }) => {
        const { hash } = await import("bcryptjs");
        const password = randomBytes(32).toString("base64url");
        const htpasswd = `${username}:${await hash(password, bcryptCost)}`;
        return { id: randomBytes(8).toString("hex"), state: { username, password, htpasswd } };
    },
};
