import { expect } from "chai";
import { optionProblems } from "../../../components/azure/limits.ts";

describe("the options of a Premium registry", () => {
    it("keep untagged images for a year at most, or not at all", () => {
        for (const untaggedRetentionDays of [0, 365]) {
            expect(optionProblems("Premium", { untaggedRetentionDays })).to.deep.equal([]);
        }
        for (const untaggedRetentionDays of [-1, 1.5, 366]) {
            expect(optionProblems("Premium", { untaggedRetentionDays })).to.have.length(1);
        }
    });

    it("have 200 addresses and ranges at most", () => {
        const addresses = (count: number) => Array.from({ length: count }, () => "198.51.100.0/32");
        expect(optionProblems("Premium", { allowedAddresses: addresses(200) })).to.deep.equal([]);
        expect(optionProblems("Premium", { allowedAddresses: addresses(201) })).to.have.length(1);
    });
});
