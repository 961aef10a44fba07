import { Refusal } from "../web.ts";

/** An error in the envelope that every service behind Azure Resource Manager uses. */
export class ArmError extends Refusal {
    constructor(
        status: number,
        code: string,
        message: string,
        headers: Readonly<Record<string, string>> = {},
    ) {
        super({ status, headers, body: { error: { code, message } } });
        this.message = `${code}: ${message}`;
    }
}

export function notFound(id: string): ArmError {
    return new ArmError(404, "ResourceNotFound", `The Resource '${id}' was not found.`);
}

export function invalid(message: string): ArmError {
    return new ArmError(400, "InvalidParameter", message);
}
