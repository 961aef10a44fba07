import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's own report, and its counts in the file that the option `counts` names. */
export default class CountingReporter extends Mocha.reporters.Spec {
    constructor(
        runner: Mocha.Runner,
        options: Mocha.MochaOptions & { readonly reporterOption?: { readonly counts?: string } },
    ) {
        super(runner, options);
        const file = options.reporterOption?.counts;
        if (!file) throw new Error("the reporter needs the option `counts`");
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            const { passes, failures, pending } = this.stats;
            writeFileSync(file, JSON.stringify({ passes, failures, pending }));
        });
    }
}
