import { foundation } from "foundation-image";

export const {
    registryServer,
    image,
    digest,
    pinnedImage,
    channelImage,
    pullUsername,
    pullPassword,
    pullPasswordExpiresAt,
    loginCommand,
    apps,
    readme,
} = await foundation();
