import type { Clone } from "../components/workspace/clone.ts";

/** An option of a command. */
export interface Option {
    /** What it is called in the help where it takes a value, such as `FILE`; a flag without. */
    readonly value?: string;
    /** What it does, in half a line. */
    readonly does: string;
}

/** What a command gets. */
export interface Invocation {
    /** Where it is run; the current folder for a command that makes a project. */
    readonly clone: Clone;
    /** The action, of a command that has several. */
    readonly action?: string | undefined;
    /** The values of the options that take one. */
    readonly options: Readonly<Record<string, string | undefined>>;
    /** The flags that are set. */
    readonly flags?: readonly string[];
    /** What follows the name, as it is, of a command that hands it on. */
    readonly rest?: readonly string[];
}

/** A command, as the help shows it. */
export interface Command {
    /** What it does, in a line. */
    readonly summary: string;
    /** What it can be told to do, for a command that has several actions, and what each does. */
    readonly actions?: Readonly<Record<string, string>>;
    readonly options: Readonly<Record<string, Option>>;
    /** The program that gets what follows the command's name, as it is. */
    readonly handsTo?: string;
    /** Whether it makes a project, and so runs where there is none. */
    readonly makesProject?: true;
    /** A command line that somebody would type. */
    readonly example: string;
    /** Loaded only when it is run: `status` must not wait for what the others need. Gives the exit code. */
    readonly load: () => Promise<{ readonly run: (invocation: Invocation) => Promise<number> }>;
}
