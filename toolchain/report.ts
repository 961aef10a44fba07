import { styleText } from "node:util";
import { Stopped } from "./failures.ts";

const TITLE_WIDTH = 30;
const HOW_WIDTH = 40;
const SIGN_OF_LIFE = 30_000;

export interface Step {
    /** For long work, which is pointless once another step has failed. */
    readonly signal: AbortSignal;
    /** Says what takes time from now on. */
    readonly doing: (text: string) => void;
    /** Prints a line at once, ahead of what changes the machine. */
    readonly announce: (text: string) => void;
}

interface Outcome {
    /** Such as "Node 24.21.0". */
    readonly title: string;
    /** Such as "already here". */
    readonly how: string;
}

/**
 * One line for every step, with the time it took; and while work goes on, a sign that it does: on a terminal a line that
 * is refreshed, in a log a line from time to time.
 */
export class Report {
    #running = new Map<string, { doing: string; since: number }>();
    #live = false;
    #quiet;
    #out;
    #abort = new AbortController();
    #timer: NodeJS.Timeout | undefined;

    /** @param options quiet: only the steps that had work to do */
    constructor({
        quiet = false,
        out = process.stdout,
    }: { readonly quiet?: boolean | undefined; readonly out?: NodeJS.WriteStream } = {}) {
        this.#quiet = quiet;
        this.#out = out;
    }

    /** Ends the long work of every step. */
    stop() {
        this.#abort.abort(new Stopped());
    }

    /** @param after the steps this one needs */
    async step(
        name: string,
        work: (step: Step) => Promise<Outcome>,
        after: readonly Promise<unknown>[] = [],
    ): Promise<void> {
        await Promise.all(after).catch(() => {
            throw new Stopped();
        });
        const since = Date.now();
        try {
            const outcome = await work({
                signal: this.#abort.signal,
                doing: (text) => {
                    this.#running.set(name, { doing: text, since });
                    this.#watch();
                },
                announce: (text) => {
                    this.#print("yellow", "!", text);
                },
            });
            if (this.#running.has(name) || !this.#quiet) {
                this.#print("green", "✓", line(outcome.title, outcome.how, since));
            }
        } catch (error) {
            if (!(error instanceof Stopped)) this.#print("red", "✗", line(name, "", since));
            this.stop();
            throw error;
        } finally {
            this.#running.delete(name);
            this.#watch();
        }
    }

    /** Starts, refreshes or ends the sign of life. */
    #watch() {
        if (this.#running.size === 0) {
            clearInterval(this.#timer);
            this.#timer = undefined;
            this.#erase();
            return;
        }
        if (this.#out.isTTY) this.#show();
        this.#timer ??= setInterval(this.#show, this.#out.isTTY ? 1000 : SIGN_OF_LIFE);
    }

    readonly #show = () => {
        const work = [...this.#running].map(
            ([name, { doing, since }]) => `${name}: ${doing} (${duration(Date.now() - since)})`,
        );
        const text = `    ${work.join(", ")}`;
        this.#erase();
        this.#live = this.#out.isTTY;
        this.#out.write(this.#live ? text.slice(0, (this.#out.columns || 80) - 1) : `${text}\n`);
    };

    #erase() {
        if (this.#live) this.#out.write("\r\u001b[K");
        this.#live = false;
    }

    #print(colour: "green" | "yellow" | "red", mark: string, text: string) {
        this.#erase();
        this.#out.write(`  ${styleText(colour, mark, { stream: this.#out })} ${text}\n`);
    }
}

function line(title: string, how: string, since: number): string {
    return `${title.padEnd(TITLE_WIDTH)} ${how.padEnd(HOW_WIDTH)} ${duration(Date.now() - since)}`;
}

/** Such as "4m02s", "12s" or "0.3s". */
export function duration(milliseconds: number): string {
    if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)}s`;
    const seconds = Math.round(milliseconds / 1000);
    if (seconds < 60) return `${seconds}s`;
    return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
