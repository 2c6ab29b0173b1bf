/** Bytes from base64, as the client decodes it. */
export type DecodeBase64 = (base64: string) => Uint8Array;

type Value = Record<string, unknown>;

/** Makes bytes, in place, of the base64 in all values of an item. */
export function itemToBytes(item: Readonly<Record<string, object>>, decode: DecodeBase64): void {
  for (const value of Object.values(item)) toBytes(value, decode);
}

/** Makes bytes, in place, of the base64 that B and BS values have on the wire. */
export function toBytes(value: object, decode: DecodeBase64): void {
  const wire = value as Value;
  if (wire.B !== undefined) wire.B = decode(wire.B as string);
  else if (wire.BS !== undefined) wire.BS = (wire.BS as string[]).map((text) => decode(text));
  else if (wire.M !== undefined) itemToBytes(wire.M as Record<string, object>, decode);
  else if (wire.L !== undefined) {
    for (const element of wire.L as Value[]) toBytes(element, decode);
  }
}
