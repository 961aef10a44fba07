import * as pulumi from "@pulumi/pulumi";
import { disconnect, setMocks } from "@pulumi/pulumi/runtime/index.js";

/** A resource that was registered, as the engine would have got it. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, unknown>;
    /** The inputs that were marked as secret. */
    readonly secrets: readonly string[];
}

/** What functions return, by token; an unexpected one fails. */
export type Functions = Readonly<Record<string, (inputs: unknown) => Record<string, unknown>>>;

/** Outputs that the provider would add, by type token. */
export type Outputs = Readonly<Record<string, (registered: Registered) => Record<string, unknown>>>;

export interface MockedEngine {
    /** Everything registered so far, components and custom resources alike. */
    readonly registered: readonly Registered[];
    /** By resource name, the options of every resource below a component that was given `watch`. */
    readonly options: ReadonlyMap<string, pulumi.CustomResourceOptions>;
    /** Options for the component under test. */
    readonly watch: pulumi.ComponentResourceOptions;
    /** Resolves when everything that was asked for is registered. */
    readonly settled: () => Promise<void>;
}

/** How a secret travels between program and engine: with this key, and the secret itself as `value`. */
const secretSignature = "4dabf18193072939515e22adb298388d";

function unwrap(input: unknown): { readonly secret: boolean; readonly value: unknown } {
    const secret = typeof input === "object" && input !== null && secretSignature in input;
    return { secret, value: secret ? (input as unknown as { value: unknown }).value : input };
}

/**
 * Starts a mocked engine and records what is registered with it.
 *
 * @param preview whether the engine only previews; outputs that a provider would add stay unknown then.
 */
export async function mockEngine(
    outputs: Outputs = {},
    preview = false,
    functions: Functions = {},
): Promise<MockedEngine> {
    const registered: Registered[] = [];
    const options = new Map<string, pulumi.CustomResourceOptions>();
    await setMocks(
        {
            newResource: ({ type, name, inputs, custom }) => {
                const given = Object.entries(inputs as object).map(([key, input]) => ({
                    key,
                    ...unwrap(input),
                }));
                const resource = {
                    type,
                    name,
                    inputs: Object.fromEntries(given.map(({ key, value }) => [key, value])),
                    secrets: given.filter(({ secret }) => secret).map(({ key }) => key),
                };
                registered.push(resource);
                const added = preview && custom === true ? {} : (outputs[type]?.(resource) ?? {});
                return { id: `${name}-id`, state: { ...(inputs as object), ...added } };
            },
            call: ({ token, inputs }) => {
                const answer = functions[token];
                if (answer === undefined) throw new Error(`unexpected function ${token}`);
                return answer(inputs);
            },
        },
        "foundation",
        "test",
        preview,
        "organization",
    );
    // Mocks are told nothing of a resource's options; a transformation sees them before they are sent.
    const record: pulumi.ResourceTransformation = ({ name, opts }) => {
        options.set(name, opts);
        return undefined;
    };
    return { registered, options, watch: { transformations: [record] }, settled: disconnect };
}

/** The plain value of an output. Fails when it is unknown. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        output.apply(resolve);
        // An unknown output never calls back, and a failed one only tells these.
        const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
        isKnown.then((known) => {
            if (!known) reject(new Error("the output is unknown"));
        }, reject);
    });
}

/** Why an output has no value. */
export async function failureOf(output: pulumi.Output<unknown>): Promise<string> {
    return valueOf(output).then(
        () => "none",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}
