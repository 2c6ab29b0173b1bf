import { Answers } from "../answers.js";
import type { ContestantId } from "../contestants.js";
import type { ColdStartFigure } from "../results.js";
import { median, spread } from "../statistics.js";
import { firstMessage, start } from "../worker-process.js";
import type { ColdStart } from "./start.js";

/** Those who can read one item; what they need of the SDK counts for all. */
export const coldContestants = [
  "raw",
  "document-client",
  "dynalchemy",
  "electrodb",
  "nova-odm",
  "onetable",
  "toolbox",
  "dynamoose",
] as const satisfies ContestantId[];

/** Lets fresh processes start in turn; the first round is thrown away, it fills the disk's cache. */
export async function measureColdStarts(rounds: number): Promise<ColdStartFigure[]> {
  const answers = new Answers("large");
  const { headers } = answers.answer("DynamoDB_20120810.GetItem", () => "");
  const args = [answers.itemText, headers["x-amz-crc32"] ?? ""];
  const starts = new Map<ContestantId, ColdStart[]>(coldContestants.map((id) => [id, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const id of coldContestants) {
      const [reply] = await firstMessage(start("cold/start.js", [id, ...args]), id);
      if (round > 0) starts.get(id)?.push(reply as ColdStart);
    }
  }
  return [...starts].map(([contestant, each]) => ({
    contestant,
    imported: median(each.map(({ imported }) => imported)),
    answered: median(each.map(({ answered }) => answered)),
    spread: spread(each.map(({ answered }) => answered)),
  }));
}
