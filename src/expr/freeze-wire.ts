import { type AttributeValue, setOwn, type WireItem } from "../schema/wire.js";

/** A frozen copy: bytes can't be frozen, so that they at least aren't the caller's. */
export function freezeWire(wire: AttributeValue): AttributeValue {
  if ("B" in wire) return Object.freeze({ B: new Uint8Array(wire.B) });
  if ("BS" in wire)
    return Object.freeze({ BS: freezeList(wire.BS.map((each) => new Uint8Array(each))) });
  if ("L" in wire) return Object.freeze({ L: freezeList(wire.L.map(freezeWire)) });
  if ("SS" in wire) return Object.freeze({ SS: freezeList([...wire.SS]) });
  if ("NS" in wire) return Object.freeze({ NS: freezeList([...wire.NS]) });
  if (!("M" in wire)) return Object.freeze({ ...wire });
  const members: WireItem = {};
  for (const name of Object.keys(wire.M))
    setOwn(members, name, freezeWire(wire.M[name] as AttributeValue));
  return Object.freeze({ M: Object.freeze(members) });
}

/** The wire format's types are mutable, as the SDK has them; nobody changes these. */
function freezeList<T>(list: T[]): T[] {
  return Object.freeze(list) as T[];
}
