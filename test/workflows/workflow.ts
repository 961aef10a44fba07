import * as fs from "node:fs";
import { parse } from "yaml";

export interface Step {
    readonly name?: string;
    readonly id?: string;
    readonly if?: string;
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
    readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
    readonly if?: string;
    readonly needs?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
    readonly steps: readonly Step[];
}

export interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: unknown;
    readonly jobs: Readonly<Record<string, Job>>;
}

export const workflows = ["ci.yml", "deploy.yml", "release.yml"];

export function textOf(name: string): string {
    return fs.readFileSync(`.github/workflows/${name}`, "utf8");
}

export function readWorkflow(name: string): Workflow {
    return parse(textOf(name)) as Workflow;
}

/** The steps of all jobs. */
export function stepsOf(workflow: Workflow): readonly Step[] {
    return Object.values(workflow.jobs).flatMap(({ steps }) => steps);
}

/** The jobs that a page of the documentation shows, as they are written there. */
export function exampleIn(page: string): string {
    const [, text] = /^```yaml\n([^]*?)^```$/m.exec(fs.readFileSync(page, "utf8")) ?? [];
    if (text === undefined) throw new Error(`${page} shows no YAML`);
    return text;
}
