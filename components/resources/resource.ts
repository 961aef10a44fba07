/** What the engine sends in a preview for a value that is known only after the deployment. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type MaybeUnknown<T> =
    typeof unknownValue | (T extends object ? { readonly [K in keyof T]: MaybeUnknown<T[K]> } : T);

/** Inputs as `check` and `diff` see them: in a preview, any part of them may be unknown. */
export type Previewed<Inputs extends object> = {
    readonly [K in keyof Inputs]: MaybeUnknown<Inputs[K]>;
};

/** What a resource may use of its surroundings. */
export interface Context {
    /** The project's folder. */
    readonly root: string;
    /** The stack's name. */
    readonly stack: string;
    /** Aborted when the user interrupts the deployment. */
    readonly signal: AbortSignal;
    /** Shows a message under the resource. */
    readonly info: (message: string) => Promise<void>;
    /** Shows a message beside the resource until the next one. */
    readonly progress: (message: string) => void;
}

export interface Diff {
    readonly changes: boolean;
    /** The properties that force a replacement. The old resource then goes before the new one is made. */
    readonly replaces?: readonly string[];
}

/**
 * A custom resource in plain values; the plugin deals with secrets and with the protocol. `Inputs` is what the
 * program gives, `State` what the engine keeps. A foreseeable fault is thrown as a `Problem`.
 */
export interface CustomResource<Inputs extends object, State extends object> {
    /** Properties of the state that are secret, besides those that come from secret inputs. */
    readonly secrets?: readonly string[];
    /**
     * Inputs that the engine keeps nowhere. The program gives them in each deployment; `create` and `update` find them
     * among their inputs, and `diff` doesn't.
     */
    readonly withheld?: readonly string[];
    /**
     * Inputs that are made up here, and not by the program. Being inputs, they are known in the preview of an update.
     * `olds` is empty for a new resource, and for the one that replaces an old one.
     */
    defaults?(olds: Partial<Inputs>): Partial<Inputs>;
    /** Everything that is wrong with the inputs. Runs in a preview as well; `olds` is empty for a new resource. */
    check?(olds: Partial<Inputs>, news: Previewed<Inputs>, context: Context): Promise<readonly string[]>;
    diff(state: State, news: Previewed<Inputs>, context: Context): Promise<Diff>;
    create(inputs: Inputs, context: Context): Promise<{ readonly id: string; readonly state: State }>;
    /** The state as it is now; undefined when the resource is gone. */
    read?(state: State, context: Context): Promise<State | undefined>;
    update?(state: State, inputs: Inputs, context: Context): Promise<State>;
    delete?(state: State, context: Context): Promise<void>;
}
