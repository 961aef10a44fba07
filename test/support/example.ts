import { parseDocument } from "yaml";

/** What the repository's example has besides one image and the apps on it; most tests do without. */
export const more = ["foundation/web/", "apps/app3/"];

/** The repository's `Pulumi.yaml` with one image. */
export function oneImage(settings: string): string {
    const document = parseDocument(settings);
    document.setIn(["config", "images", "value"], {});
    return document.toString({ lineWidth: 0 });
}
