import { inFolder, type Status } from "../status/model.ts";
import { fullName } from "../status/servicesText.ts";
import { inOneLine } from "../terminal.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

/** What is here of the foundations, and of what is built on them. */
export function checkFoundations({ images, services, warnings }: Status): Outcome {
    const broken = services.filter(({ problem }) => problem !== null);
    if (broken.length > 0) {
        const reasons = broken.map((service) => {
            return `${fullName(service, services)}: ${inOneLine(service.problem ?? "")}`;
        });
        return fail(`not everything can be built: ${reasons.join("; ")}`, "fix each of them");
    }
    const late = images.filter(({ behind }) => behind.length > 0);
    if (late.length > 0) {
        const names = late.map(
            ({ name, behind }) => `${name} isn't built on your own ${behind.join(", ")} yet`,
        );
        const commands = late.flatMap(({ folder }) =>
            folder === null ? [] : `\`${inFolder(folder, "docker compose build")}\``,
        );
        return warn(names.join("; "), `in this order: ${commands.join(", ")}`);
    }
    const own = images.filter(({ local }) => local.state === "override").map(({ name }) => name);
    const passedOver = `your own ${own.join(", ")} ${own.length === 1 ? "is" : "are"} in use, which a build with --pull passes over; build without --pull, or go back to the official one with \`foundation revert\``;
    const [first, ...others] = own.length > 0 ? [...warnings, passedOver] : warnings;
    if (first !== undefined) {
        const [wrong = first, remedy = "see `foundation status`"] = first.split(/; (.*)/s);
        const more = others.length === 0 ? "" : `; and ${others.length} more, see \`foundation status\``;
        return warn(wrong, remedy + more);
    }
    return ok("no foundation of your own is in use");
}
