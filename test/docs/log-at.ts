import { appendFileSync } from "node:fs";
import { format } from "node:util";

/** A page's console.log: notes which line of the page printed what. */
export function logAt(line: number, ...values: unknown[]): void {
  const file = process.env["PAGE_LOG"];
  if (!file) throw new Error("PAGE_LOG is not set");
  appendFileSync(file, `${JSON.stringify({ line, text: format(...values) })}\n`);
}
