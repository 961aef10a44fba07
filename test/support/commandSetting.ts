import { Clone } from "../../components/workspace/clone.ts";
import { withEnvironment } from "../toolchain/support.ts";
import { standInDocker } from "./docker.ts";
import { temporaryFolders } from "./folder.ts";
import { capturedOutput } from "./output.ts";
import { emit, projectIn } from "./project.ts";

/** What the tests of a command need that asks Docker, in the `describe` that calls this. */
export function commandSetting() {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    return {
        folder,
        setEnvironment,
        docker: standInDocker(folder),
        output: capturedOutput(),
        /** A clone with an app, to which this was emitted; Docker has no logins and builders of its own there. */
        clone: (emitted: { readonly image: string; readonly digest: string }): Clone => {
            setEnvironment("DOCKER_CONFIG", folder());
            setEnvironment("BUILDX_CONFIG", undefined);
            const root = projectIn(folder);
            emit(root, { ...emitted, stack: "dev" });
            return new Clone(root);
        },
    };
}
