/** A value as DynamoDB's JSON protocol has it: one property that names its type. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { L: AttributeValue[] }
  | { M: WireItem };

export type WireType = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

/** An item, or a map inside one, by attribute name. */
export interface WireItem {
  [attribute: string]: AttributeValue;
}
