import { expect } from "chai";
import { readResponses } from "../../../components/docker/engine.ts";

describe("the engine's answers on one connection", () => {
    const read = (text: string) => readResponses(Buffer.from(text));

    it("are told apart by their length in bytes, and by their chunks", () => {
        const answers = [
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n“x",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n“ab\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}",
        ];
        expect(read(answers.join(""))).to.deep.equal([
            { status: 200, body: "“x" },
            { status: 200, body: "“ab0123456789" },
            { status: 404, body: "{}" },
        ]);
    });

    it("are fewer where the connection broke off", () => {
        expect(read("")).to.deep.equal([]);
    });
});
