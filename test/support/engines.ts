import { describe, type Suite } from "mocha";
import { isAtLeast, MINIMUM_COMPOSE_WITH_SERVICES } from "../../components/versions.js";

/** A Docker engine that tests run on, with the command-line plugins that go with it. */
export interface Engine {
    /** As the title of a suite goes on. */
    readonly title: string;
    /** For DOCKER_HOST; none for the one that Docker uses by itself. */
    readonly host?: string;
    /** Full paths of the programs, and the version of the first. */
    readonly plugins?: { readonly compose: string; readonly buildx: string; readonly composeVersion: string };
}

/** Where `withEngines.ts` hands them over to the processes that mocha runs files in. */
export const VARIABLE = "FOUNDATION_TEST_ENGINES";

const MACHINE = "on the machine's Docker";
const CURRENT = "on a current Docker";
export const TITLES = { machine: MACHINE, current: CURRENT, given: "on the given Docker" };

/** The machine's own, and what there is besides. A file that is run by itself has only the first, as it is. */
export function engines(): readonly [Engine, ...Engine[]] {
    const handed = process.env[VARIABLE];
    if (handed === undefined) return [{ title: MACHINE }];
    return JSON.parse(handed) as [Engine, ...Engine[]];
}

/**
 * A suite for each engine: the machine's own, and one with the containerd image store and a current Compose, or the one
 * that was given in its place. Where there is no second one, its tests count as skipped.
 */
export function onEachEngine(title: string, suite: (this: Suite, engine: Engine) => void): void {
    const [machine, second] = engines();
    const define = (engine: Engine) =>
        function (this: Suite): void {
            suite.call(this, engine);
        };
    describe(`${title}, ${machine.title}`, define(machine));
    if (second === undefined) describe.skip(`${title}, ${CURRENT}`, define({ title: CURRENT }));
    else describe(`${title}, ${second.title}`, define(second));
}

/** Whether its Compose takes a service for a named context, as the default of `foundation:contexts` has it. */
export function takesServices({ plugins }: Engine): boolean {
    return plugins === undefined || isAtLeast(plugins.composeVersion, MINIMUM_COMPOSE_WITH_SERVICES);
}
