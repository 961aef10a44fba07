/** Every secret that was ever handed out, so that a test can look for it where it must not be. */
export class Secrets {
    readonly #values = new Set<string>();

    /** Remembers a secret and returns it. */
    issue(value: string): string {
        this.#values.add(value);
        return value;
    }

    get all(): readonly string[] {
        return [...this.#values];
    }
}
