import { expect } from "chai";
import fc from "fast-check";
import { allTexts, shareTexts } from "../../../components/render/sharedTexts.ts";

describe("texts of many files", () => {
    it("are said once where they differ by the names of their folders alone", () => {
        const alone = "name: other\n";
        const texts = {
            "apps/shop/compose.yaml": "name: shop-1\nservices: { shop: {} }\n",
            "apps/other/compose.yaml": alone,
            "tools/cron/compose.yaml": "name: cron-1\nservices: { cron: {} }\n",
        };
        const names = { "apps/shop/compose.yaml": "shop", "tools/cron/compose.yaml": "cron" };
        expect(shareTexts(texts)).to.deep.equal({
            shared: [{ text: "name: $<>-1\nservices: { $<>: {} }\n", names }],
            texts: { "apps/other/compose.yaml": alone },
        });
    });

    it("come back as they were, whatever is in them", () => {
        const word = fc.constantFrom("a", "b", "$", "$<>", "$&", "<", ".", "\n");
        const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(""));
        const file = fc
            .tuple(fc.constantFrom("", "apps/"), fc.constantFrom("", "a/", "b/", "$&/"), fc.nat(2))
            .map(([above, folder, number]) => `${above}${folder}${number}`);
        fc.assert(
            fc.property(fc.dictionary(file, text), (texts) => {
                expect(allTexts(shareTexts(texts))).to.deep.equal({ ...texts });
            }),
        );
    });
});
