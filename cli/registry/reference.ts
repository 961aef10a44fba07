import type { ImageReference } from "../../render/imageReference.ts";
import { splitReference } from "../status/model.ts";

/** The parts of a reference that names its registry, which all emitted ones do. */
export function parseReference(reference: string): ImageReference {
    const { name, tag } = splitReference(reference);
    const slash = name.indexOf("/");
    return {
        server: name.slice(0, Math.max(slash, 0)),
        repository: name.slice(slash + 1),
        ...(tag !== undefined && { tag }),
    };
}
