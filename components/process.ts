/** Whether there is a process of this number, be it somebody else's. */
export function isRunning(processId: number): boolean {
    try {
        // Sends nothing, but says whether it could.
        return process.kill(processId, 0);
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}
