import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach } from "mocha";

/**
 * Gives temporary folders to the tests of the `describe` that calls it, and removes each after its test.
 *
 * @returns a function that makes a folder with the given files: path to text.
 */
export function temporaryFolders(): (files?: Readonly<Record<string, string>>) => string {
    const made: string[] = [];
    afterEach(() => {
        for (const folder of made.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
    });
    return (files = {}) => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "foundation-test-"));
        made.push(folder);
        for (const [name, text] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
            fs.writeFileSync(path.join(folder, name), text);
        }
        return folder;
    };
}
