import { foundation } from "foundation-image";

export const {
    registryServer,
    image,
    digest,
    pinnedImage,
    channelImage,
    images,
    pullUsername,
    pullPassword,
    pullPasswordExpiresAt,
    loginCommand,
    apps,
    readme,
} = await foundation();
