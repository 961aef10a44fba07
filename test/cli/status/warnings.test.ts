import { expect } from "chai";
import { environmentWarnings } from "../../../cli/status/warnings.ts";

describe("a variable of the shell", () => {
    for (const name of [
        ...["FOUNDATION_IMAGE", "FOUNDATION_DIGEST", "FOUNDATION_JAVA_IMAGE", "FOUNDATION_STACK"],
        ...["COMPOSE_FILE", "COMPOSE_ENV_FILES", "COMPOSE_DISABLE_ENV_FILE", "COMPOSE_PATH_SEPARATOR"],
    ]) {
        it(`is told with what takes it away: ${name}`, () => {
            const found = environmentWarnings(["foundation", "java"], { [name]: "x" });
            expect(found.map(({ remedy }) => remedy)).to.deep.equal([`run \`unset ${name}\``]);
            expect(found[0]?.wrong).to.include(name);
        });
    }

    it("is none of ours, or no harm", () => {
        const environment = {
            COMPOSE_PROFILES: "x",
            COMPOSE_PATH_SEPARATOR: ":",
            FOUNDATION_OTHER_IMAGE: "x",
        };
        expect(environmentWarnings(["foundation"], environment)).to.deep.equal([]);
    });
});
