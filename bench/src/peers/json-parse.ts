import type { Open } from "../contestant.js";
import { unwrap } from "../plain.js";

interface Page {
  readonly Items: readonly unknown[];
}

/** The floor of whatever reads the answer by JSON.parse: text already decoded, values still wrapped. */
export const open: Open = ({ texts }) => ({
  async query() {
    return { items: texts.pages.flatMap((text) => (JSON.parse(text) as Page).Items) };
  },
  async get() {
    return (JSON.parse(texts.item) as { Item: unknown }).Item;
  },
  async batchGet() {
    const answer = JSON.parse(texts.batch) as { Responses: Record<string, readonly unknown[]> };
    return Object.values(answer.Responses)[0] ?? [];
  },
  plain: unwrap,
});
