import { afterEach, beforeEach } from "mocha";

/** Keeps what the tests of the `describe` that calls it print through `console`, and gives it as one text. */
export function capturedOutput(): () => string {
    const { log, error } = console;
    let lines: string[] = [];
    beforeEach(() => {
        lines = [];
        console.log = console.error = (...values: unknown[]) => {
            lines.push(values.map(String).join(" "));
        };
    });
    afterEach(() => {
        console.log = log;
        console.error = error;
    });
    return () => lines.join("\n");
}
