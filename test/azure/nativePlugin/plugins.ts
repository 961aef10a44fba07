import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The plugins that a test's engines start. One whose engine was killed goes on until somebody ends it. */
export class Plugins {
    readonly #folder = mkdtempSync(join(tmpdir(), "stand-ins-"));
    /** For the engine, which hands it on to them. */
    readonly environment = { STAND_IN_PLUGINS: this.#folder };

    /** Ends those that still run, at once. */
    end(): void {
        for (const id of readdirSync(this.#folder)) {
            if (isStandIn(id)) process.kill(Number(id), "SIGKILL");
            rmSync(join(this.#folder, id));
        }
    }

    dispose(): void {
        this.end();
        rmSync(this.#folder, { recursive: true });
    }
}

/** By now another process may have the number. */
function isStandIn(id: string): boolean {
    try {
        return execFileSync("ps", ["-o", "command=", "-p", id], { encoding: "utf8", stdio: "pipe" }).includes(
            "nativePlugin",
        );
    } catch {
        // There is none.
        return false;
    }
}
