import { foundationText, imagesText } from "./foundationsText.ts";
import type { Status } from "./model.ts";
import { servicesText } from "./servicesText.ts";
import { bullet, type Style } from "./style.ts";

/** The status for people, in lines. */
export function statusText(status: Status, style: Style): string[] {
    const { images, stack, services } = status;
    const { paint, columns } = style;
    const [only] = images;
    return [
        ...(only !== undefined && images.length === 1
            ? foundationText(only, stack, style)
            : imagesText(images, stack, style)),
        "",
        ...servicesText(services, images, style),
        ...status.warnings.flatMap((warning) => ["", ...bullet(paint.notice("!"), warning, columns)]),
    ];
}
