import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * What another program answers to a question. It is asked each time, but where REMEMBERED_ANSWERS names a folder: for
 * `npm run mutants`, which puts the same questions thousands of times, and changes no program of others.
 */
export async function remembered<Answer>(question: unknown, ask: () => Promise<Answer>): Promise<Answer> {
    const folder = process.env["REMEMBERED_ANSWERS"];
    if (folder === undefined) return ask();
    const name = createHash("sha256").update(JSON.stringify(question)).digest("hex");
    const file = path.join(folder, name);
    if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, "utf8")) as Answer;
    const answer = await ask();
    fs.mkdirSync(folder, { recursive: true });
    // In one step, as several processes put the same questions.
    fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(answer));
    fs.renameSync(`${file}.${process.pid}`, file);
    return answer;
}
