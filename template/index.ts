import { foundation } from "foundation-image";

// A registry, every foundation of Pulumi.yaml published in it, and the files with which Compose builds apps on them.
export default await foundation();
