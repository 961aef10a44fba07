import { wrap, type Paint } from "../terminal.ts";

/** How the text of a status is to be. */
export interface Style {
    readonly paint: Paint;
    readonly columns: number;
    readonly now: Date;
    /** Has the commands of a text work where its reader is. */
    readonly here: (text: string) => string;
}

/** A text of its own, in lines. */
export function bullet(mark: string, text: string, columns: number): string[] {
    return wrap(text, columns - 2).map((line, index) => `${index === 0 ? mark : " "} ${line}`);
}
