/** Spells a stack out; none where Node does so by itself. */
type Prepare = ((error: Error, frames: NodeJS.CallSite[]) => unknown) | undefined;

/** What was put in place here: a process may deploy more than once (Pulumi's Automation API). */
const inPlace = new WeakSet<object>();

/**
 * Leaves out the stacks that Pulumi's SDK takes down for each of a resource's hundred promises, in case that one leaks.
 * Spelled out through the source maps that it installs, they take longer than all else that a program does.
 */
export function leaveOutPromiseStacks(): void {
    const prepare = Reflect.get(Error, "prepareStackTrace") as Prepare;
    if (prepare === undefined || inPlace.has(prepare)) return;
    if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return;
    const withoutPromises = (error: Error, frames: NodeJS.CallSite[]): unknown =>
        frames[0]?.getFunctionName() === "debuggablePromise" ? "" : prepare(error, frames);
    inPlace.add(withoutPromises);
    Error.prepareStackTrace = withoutPromises;
}
