import type { AttributeType } from "../attribute-type.js";
import type { WireScanner } from "./wire-scanner.js";

/** A value that is part of another. */
export function scanValue<T>(scanner: WireScanner, type: AttributeType<T>): T {
  return type.scan === undefined ? type.decode(scanner.wire()) : type.scan(scanner);
}
