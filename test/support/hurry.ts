import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

/** While it works, programs that take long are given up on so many times sooner. */
export async function hurried<T>(times: number, work: () => Promise<T>): Promise<T> {
    const { execFile } = childProcess;
    const hasty = (file: string, args: readonly string[], options: object, ...rest: unknown[]): unknown => {
        const { timeout = 0 } = options as childProcess.ExecFileOptions;
        return Reflect.apply(execFile, childProcess, [
            file,
            args,
            { ...options, timeout: timeout / times },
            ...rest,
        ]);
    };
    Object.assign(childProcess, { execFile: hasty });
    syncBuiltinESMExports();
    try {
        return await work();
    } finally {
        Object.assign(childProcess, { execFile });
        syncBuiltinESMExports();
    }
}
