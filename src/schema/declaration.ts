import type { AttributeType } from "./attribute-type.js";
import { describeValue, InvalidModel } from "./errors.js";
import { maxKeyNameBytes } from "./limits.js";
import { nearest } from "./nearest.js";
import { utf8Bytes } from "./size.js";

/** Ends a declaration: what is wrong, where, and what to do. */
export type Refuse = (column: string | undefined, problem: string) => never;

/** The refusal of a model that can't be. */
export function refusalOf(model: string): Refuse {
  return (column, problem) => {
    const subject = column === undefined ? model : `${model}.${column}`;
    throw new InvalidModel(`${subject}: ${problem}.`, {
      model,
      ...(column !== undefined && { column }),
    });
  };
}

/** Refuses a key that DynamoDB doesn't have. Source: AWS guide, "Constraints: key attributes". */
export function assertKey(
  refuse: Refuse,
  column: { readonly name: string; readonly attribute: string; readonly type: AttributeType },
  what: string,
): void {
  const { name, attribute, type } = column;
  if (type.wire !== "S" && type.wire !== "N" && type.wire !== "B") {
    refuse(name, `${what} is text, a number or bytes, and ${type.name} is none of them`);
  }
  const bytes = utf8Bytes(attribute);
  if (bytes > maxKeyNameBytes) {
    refuse(
      name,
      `the name of ${what} may have ${maxKeyNameBytes} bytes and has ${bytes}: shorten it with .as()`,
    );
  }
}

/** Refuses options that there aren't: misspelt, they would be left out without a word. */
export function assertOptions(
  refuse: Refuse,
  owner: string,
  options: object,
  known: readonly string[],
): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    refuse(
      undefined,
      `${owner} has no option ${describeValue(name)}: did you mean ${meant}? The options are ${known.join(", ")}`,
    );
  }
}

export interface Units {
  readonly readUnits?: number | undefined;
  readonly writeUnits?: number | undefined;
}

/** Refuses units that no table has, or one kind without the other. */
export function assertUnits(refuse: Refuse, { readUnits, writeUnits }: Units, owner: string): void {
  for (const units of [readUnits, writeUnits]) {
    if (units === undefined || (Number.isSafeInteger(units) && units >= 1)) continue;
    refuse(
      undefined,
      `${owner} can't have ${describeValue(units)} units: give it a whole number from 1`,
    );
  }
  if ((readUnits === undefined) !== (writeUnits === undefined)) {
    refuse(
      undefined,
      `${owner} needs both readUnits and writeUnits where it is provisioned: give both, or neither for one on demand`,
    );
  }
}
