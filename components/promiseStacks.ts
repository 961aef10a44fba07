/**
 * Leaves out the stacks that Pulumi's SDK takes down for each of a resource's hundred promises, in case that one leaks.
 * Read through the source maps that it installs, they take longer than all else that a program does.
 */
export function leaveOutPromiseStacks(): void {
    const { prepareStackTrace: prepare } = Error;
    if (prepare === undefined || process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return;
    Error.prepareStackTrace = (error, frames) =>
        frames[0]?.getFunctionName() === "debuggablePromise" ? "" : (prepare(error, frames) as unknown);
}
