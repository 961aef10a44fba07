import { expect } from "chai";
import { checkLock } from "../../../cli/doctor/lock.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("doctor, of a lock", () => {
    const folder = temporaryFolders();
    const locks = ".foundation/state/.pulumi/locks/organization/foundation";

    it("is content without one", () => {
        for (const files of [{}, { [`${locks}/dev/x`]: "" }]) {
            expect(checkLock(folder(files))).to.deep.equal({ state: "ok", detail: "no stack is locked" });
        }
    });

    it("says whose it is, and what takes it away where that was killed", () => {
        const lock = { pid: 42, username: "me", hostname: "here", timestamp: "2026-01-02T03:04:05Z" };
        const { state, detail, remedy } = checkLock(
            folder({ [`${locks}/dev/1.json`]: JSON.stringify(lock) }),
        );
        expect(state).to.equal("warn");
        expect(detail).to.equal(
            "the stack dev is locked by the process 42 on here, since 2026-01-02T03:04:05Z",
        );
        expect(remedy).to.include("`pulumi cancel`");
    });
});
