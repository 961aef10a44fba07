import type * as pulumi from "@pulumi/pulumi";

/** A plain value, any part of which may be an output. */
type InputOf<T> = pulumi.Input<T extends object ? { readonly [K in keyof T]: InputOf<T[K]> } : T>;

/**
 * What a program gives to a custom resource whose implementation takes `Inputs`. With one declaration for both, a property
 * that is renamed on one side alone does not compile.
 */
export type ArgsOf<Inputs extends object> = { readonly [K in keyof Inputs]: InputOf<Inputs[K]> };
