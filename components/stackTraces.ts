interface Frame extends NodeJS.CallSite {
    toString(): string;
}

/** What `Error` has for it where somebody has installed source maps (V8's stack trace API). */
const errors: { prepareStackTrace?: ((error: Error, frames: Frame[]) => unknown) | undefined } = Error;

/**
 * Leaves source maps out of the stacks that the Pulumi SDK takes with each resource and each call: looking them up is a
 * sixth of a deployment without changes. Every other error keeps its mapped lines.
 */
export function plainSdkStacks(): void {
    const mapped = errors.prepareStackTrace;
    if (mapped === undefined) return;
    errors.prepareStackTrace = (error, frames) =>
        isOfSdk(frames[0]?.getFileName() ?? "")
            ? [String(error), ...frames.map((frame) => `    at ${frame.toString()}`)].join("\n")
            : mapped(error, frames);
}

function isOfSdk(file: string): boolean {
    return /[\\/]@pulumi[\\/]pulumi[\\/]/.test(file);
}
