import type { PathNode } from "./nodes.js";

const plainName = /^[A-Za-z_$][\w$]*$/;

/** A path as people write it, by the column's name: `meta.refs[0]`; names that aren't words in quotes. */
export function printPath({ column, steps }: PathNode): string {
  let text = plainName.test(column) ? column : JSON.stringify(column);
  for (let at = 1; at < steps.length; at++) {
    const step = steps[at] as string | number;
    if (typeof step === "number") text += `[${step}]`;
    else text += plainName.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  }
  return text;
}
