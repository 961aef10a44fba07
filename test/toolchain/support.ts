import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "mocha";

/**
 * @returns a function that sets an environment variable, or removes it, until the test ends.
 */
export function withEnvironment(): (name: string, value: string | undefined) => void {
    const before = new Map<string, string | undefined>();
    const put = (name: string, value: string | undefined): void => {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    };
    afterEach(() => {
        for (const [name, value] of before) put(name, value);
        before.clear();
    });
    return (name, value) => {
        if (!before.has(name)) before.set(name, process.env[name]);
        put(name, value);
    };
}

/** Puts a shell script where a program would be. */
export function fakeProgram(folder: string, name: string, script: string): void {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
}
