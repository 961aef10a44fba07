/** The time that Azure's records are kept by. A test moves it; tokens that real clients check keep real time. */
export class Clock {
    #offset = 0;

    now(): Date {
        return new Date(Date.now() + this.#offset);
    }

    advance({ days = 0, seconds = 0 }: { days?: number; seconds?: number }): void {
        this.#offset += (days * 24 * 60 * 60 + seconds) * 1000;
    }
}
