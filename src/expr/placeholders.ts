import { canonicalWire } from "../schema/canonical.js";
import { maxSubstituteBytes } from "../schema/limits.js";
import { utf8Bytes, valueBytes } from "../schema/size.js";
import { type AttributeValue, setOwn, type WireItem } from "../schema/wire.js";
import { InvalidExpression } from "./errors.js";

/**
 * The placeholders of one request: `#n0` for names, `:v0` for values, counted in the order in which
 * they are asked for. Equal names and equal values share one.
 */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, { readonly name: string; readonly wire: AttributeValue }>();
  /** What all substitutes take together. */
  #bytes = 0;

  /** Every name has a placeholder: it may be a reserved word, or hold a dot. */
  name(attribute: string): string {
    const known = this.#names.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#n${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    this.#count(utf8Bytes(attribute));
    return placeholder;
  }

  value(wire: AttributeValue): string {
    const identity = canonicalWire(wire);
    const known = this.#values.get(identity);
    if (known !== undefined) return known.name;
    const name = `:v${this.#values.size}`;
    this.#values.set(identity, { name, wire });
    this.#count(valueBytes(wire));
    return name;
  }

  /** By placeholder; `undefined` for none, since DynamoDB refuses an empty map. */
  names(): Record<string, string> | undefined {
    if (this.#names.size === 0) return undefined;
    const names: Record<string, string> = {};
    for (const [attribute, placeholder] of this.#names) names[placeholder] = attribute;
    return names;
  }

  /** By placeholder; `undefined` for none. */
  values(): WireItem | undefined {
    if (this.#values.size === 0) return undefined;
    const values: WireItem = {};
    for (const { name, wire } of this.#values.values()) setOwn(values, name, wire);
    return values;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= maxSubstituteBytes) return;
    throw new InvalidExpression(
      `The names and values of one request's expressions take more than ${maxSubstituteBytes} bytes: ` +
        "split the change, or compare with smaller values.",
    );
  }
}
