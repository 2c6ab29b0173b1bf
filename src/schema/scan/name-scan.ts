import { sign } from "./sign.js";
import type { WireScanner } from "./wire-scanner.js";

/**
 * Finds which of some names stands before a value. Items of one table mostly have their attributes in
 * one order: what followed a name the last time is tried first.
 */
export class NameScan {
  readonly #written: readonly Uint8Array[];
  readonly #places: ReadonlyMap<string, number>;
  /** What followed each name the last time; at the end, what came first. */
  readonly #next: Int32Array;

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder();
    this.#written = names.map((name) => encoder.encode(`${JSON.stringify(name)}:`));
    this.#places = new Map(names.map((name, at) => [name, at]));
    this.#next = Int32Array.from([...names, ""], (_, at) => (at === names.length ? 0 : at + 1));
  }

  /**
   * Steps over a name and its colon, and returns its place among the names; −1 for any other.
   *
   * @param before the place of the one before; −1 at the beginning or after another.
   */
  read(scanner: WireScanner, before: number): number {
    const next = this.#next;
    const from = before === -1 ? next.length - 1 : before;
    const guess = this.#written[next[from] as number];
    if (guess !== undefined && scanner.hasAll(guess)) return next[from] as number;
    const name = scanner.string();
    scanner.take(sign.colon);
    const place = this.#places.get(name) ?? -1;
    if (place !== -1) next[from] = place;
    return place;
  }
}
