import type { Invocation } from "../command.ts";
import { credentialFromEnvironment, loginOf } from "../../components/oci/credentials.ts";
import { bareName, readStackOutputs } from "../pulumi/stackOutputs.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import { manifestFile } from "../../components/render/manifest.ts";
import { commandsHere } from "../pulumi/commandsHere.ts";
import { counted, paintFor } from "../terminal.ts";
import { checkFiles, checkStack } from "../verify/files.ts";
import type { Finding } from "../verify/finding.ts";
import { checkPassword } from "../verify/password.ts";
import { checkRegistry } from "../verify/registry.ts";
import type { Resolved } from "../verify/references.ts";

/** `foundation verify`: proves, with the developers' own credential, that what is emitted can be pulled. */
export async function run({ clone, options: { stack: wanted }, flags = [] }: Invocation): Promise<number> {
    const { emitted } = clone;
    const given = credentialFromEnvironment("PULL");
    // With a credential of its own, CI needs no access to the state.
    const outputs = given === undefined ? await readStackOutputs(clone.project, wanted) : undefined;
    const expected = outputs ?? { ...emitted, stack: bareName(wanted ?? emitted.stack) };
    const credential = given ?? loginOf(outputs?.pullUsername, outputs?.pullPassword);

    const { tokenRenewDays } = clone.config(expected.stack);
    const { resolved, findings, refusal, anybody } = await checkRegistry(clone, expected, credential);
    const here = commandsHere(clone.project);
    const report = [
        ...checkStack(clone, expected.stack),
        ...checkFiles(clone, expected),
        ...findings,
        ...checkPassword(outputs?.pullPasswordExpiresAt, tokenRenewDays, refusal, new Date()),
    ].map((finding) => ({ ...finding, remedy: here(finding.remedy) }));
    const ok = report.every(({ severity }) => severity !== "error");
    if (flags.includes("json")) {
        const { server } = parseReference(expected.image);
        const expiresAt = outputs?.pullPasswordExpiresAt ?? null;
        const document = {
            version: 1,
            ok,
            stack: expected.stack,
            server,
            expiresAt,
            references: resolved,
            findings: report,
        };
        console.log(JSON.stringify(document, undefined, 2));
    } else {
        print(report, ok, resolved, expected.stack, anybody === true);
    }
    return ok ? 0 : 1;
}

function print(
    report: readonly Finding[],
    ok: boolean,
    resolved: readonly Resolved[],
    stack: string,
    anybody: boolean,
): void {
    const paint = paintFor(process.stdout);
    for (const { severity, message, remedy } of report) {
        const mark = severity === "error" ? paint.bad("error") : paint.notice("warning");
        console.log(`${mark}: ${message}; ${remedy}`);
    }
    if (ok) {
        const folders = new Set(resolved.flatMap((reference) => reference.folders)).size;
        const images = [...new Set(resolved.map(({ image }) => image))];
        const several = images.length > 1;
        const what = several ? `${images.length} images` : images.join();
        const place = folders === 0 ? manifestFile : counted(folders, "folder");
        const proof = `${paint.good("verified")}: ${what} of stack ${stack}, as named in ${place}, can be pulled`;
        // A warning about it is a proof that is missing.
        if (report.some(({ check }) => check === "credential")) console.log(`${proof}.`);
        else if (anybody) console.log(`${proof},\nby anybody, who can do nothing else there.`);
        else console.log(`${proof},\nwith a credential that can only pull.`);
        if (several) for (const image of images) console.log(`  ${image}`);
    }
}
