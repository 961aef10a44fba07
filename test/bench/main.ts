import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exitCodeOf } from "../../toolchain/failures.ts";
import { setUp } from "../../toolchain/setup.ts";
import { median, summary, table } from "./statistics.ts";
import { withSubjects, type Sample, type Subjects } from "./subjects.ts";

type Name = keyof Subjects;

const labels: Readonly<Record<Name, string>> = {
    empty: "empty program",
    template: "program of `pulumi new typescript`",
    editedTemplate: "program of `pulumi new typescript`, just edited",
    twoApps: "nothing changed, 2 apps",
    thousandApps: "nothing changed, 1,000 apps",
    chain: "nothing changed, a chain of 20 images",
    byHand: "one byte changed, `docker buildx build --push` by hand",
    change: "one byte changed, `pulumi up`",
    freshByHand: "the same by hand with --cache-from, in an empty builder",
    freshChange: "one byte changed, `pulumi up`, in an empty builder",
};

interface Limit {
    readonly label: string;
    /** From the seconds that each took in one round. */
    readonly figure: (seconds: Readonly<Record<Name, number>>) => number;
    readonly most: number;
}

const limits: readonly Limit[] = [
    {
        label: "nothing changed ÷ empty program",
        figure: ({ twoApps, empty }) => twoApps / empty,
        most: 1.3,
    },
    {
        label: "nothing changed ÷ `pulumi new typescript`, just edited",
        figure: ({ twoApps, editedTemplate }) => twoApps / editedTemplate,
        most: 1,
    },
    {
        label: "1,000 apps − 2 apps, in seconds",
        figure: ({ thousandApps, twoApps }) => thousandApps - twoApps,
        most: 1,
    },
    {
        label: "a chain of 20 images − 1 image, in seconds",
        figure: ({ chain, twoApps }) => chain - twoApps,
        most: 0.5,
    },
    {
        label: "one byte changed ÷ (by hand + empty program)",
        figure: ({ change, byHand, empty }) => change / (byHand + empty),
        most: 1.25,
    },
    {
        label: "empty builder, one byte changed ÷ (by hand + empty program)",
        figure: ({ freshChange, freshByHand, empty }) => freshChange / (freshByHand + empty),
        most: 1.25,
    },
];

const names = Object.keys(labels) as Name[];

async function main(): Promise<number> {
    const rounds = Number(process.argv[2] ?? 9);
    if (!Number.isInteger(rounds) || rounds < 1) {
        console.error("usage: npm run bench [-- <rounds>]");
        return 2;
    }
    await setUp({ pulumi: true, docker: true, quiet: true });
    // One of its own, or the user's would keep the modules of the copies that are measured.
    const cache = fs.mkdtempSync(path.join(os.tmpdir(), "foundation-bench-"));
    process.env["NODE_COMPILE_CACHE"] = cache;
    // The command that runs is interrupted as well, and fails; so what was made is removed all the same.
    process.on("SIGINT", () => undefined);
    try {
        const taken: Readonly<Record<Name, Sample>>[] = [];
        console.log("Deploying what is to be measured");
        await withSubjects(async (subjects) => {
            // The first round fills caches, so it doesn't count.
            for (let round = 0; round <= rounds; round++) {
                const took = await takeRound(subjects, round);
                if (round === 0) continue;
                taken.push(took);
                console.log(`Round ${round} of ${rounds}, load ${os.loadavg()[0]?.toFixed(1) ?? "unknown"}`);
            }
        });
        return report(taken);
    } finally {
        fs.rmSync(cache, { recursive: true, force: true });
    }
}

/** Each of them once, and each time another one first: what comes after what makes a difference to caches. */
async function takeRound(subjects: Subjects, round: number): Promise<Record<Name, Sample>> {
    const first = round % names.length;
    const took: Partial<Record<Name, Sample>> = {};
    for (const name of [...names.slice(first), ...names.slice(0, first)]) took[name] = await subjects[name]();
    return took as Record<Name, Sample>;
}

function report(taken: readonly Readonly<Record<Name, Sample>>[]): number {
    const [cpu] = os.cpus();
    console.log(
        `\n${cpu?.model ?? "unknown processor"}, ${os.cpus().length} cores, load ${os
            .loadavg()
            .map((load) => load.toFixed(1))
            .join(" ")}, Node ${process.version}, ${taken.length} rounds\n`,
    );
    const rows = names.map((name) => [
        labels[name],
        summary(taken.map((round) => round[name].wall)),
        summary(taken.map((round) => round[name].cpu)),
    ]);
    console.log(table([["`pulumi up`, median (least … most)", "seconds", "CPU seconds"], ...rows]));

    const judged = limits.map(({ label, figure, most }) => {
        // Within a round, so that the load at that time falls out.
        const of = (kind: keyof Sample) =>
            taken.map((round) =>
                figure(
                    Object.fromEntries(names.map((name) => [name, round[name][kind]])) as Record<
                        Name,
                        number
                    >,
                ),
            );
        const kept = median(of("wall")) <= most;
        return {
            kept,
            row: [label, summary(of("wall")), summary(of("cpu")), most.toFixed(2), kept ? "ok" : "exceeds"],
        };
    });
    console.log(
        `\n${table([["compared", "by time", "by CPU time", "limit", "by time"], ...judged.map(({ row }) => row)])}`,
    );
    return judged.every(({ kept }) => kept) ? 0 : 1;
}

process.exitCode = await exitCodeOf(main);
