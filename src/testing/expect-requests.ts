import { deepStrictEqual } from "node:assert/strict";
import type { Recorder } from "./recorder.js";

/** A request as it should have been sent. */
export interface ExpectedRequest {
  /** Such as "UpdateItem". */
  readonly operation: string;
  /** The whole input, in wire form. Matchers, such as vitest's `expect.any(String)`, may stand in it. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Options of `expectRequests`. */
export interface ExpectOptions {
  /** For requests that travel side by side. Default `false`. */
  readonly anyOrder?: boolean;
}

/**
 * Compares the requests recorded so far with the expected ones, exactly, and forgets them. It works
 * with any test runner.
 *
 * @throws {AssertionError} ERR_ASSERTION, with the difference.
 * @example expectRequests(recorder, []); // nothing was sent
 */
export function expectRequests(
  recorder: Recorder,
  expected: readonly ExpectedRequest[],
  { anyOrder = false }: ExpectOptions = {},
): void {
  const sent = recorder.requests.map(({ operation, input }) => comparable({ operation, input }));
  recorder.clear();
  const wanted = expected.map(({ operation, input }) => comparable({ operation, input }));
  if (anyOrder) {
    sent.sort(byText);
    wanted.sort(byText);
  }
  deepStrictEqual(sent, matched(wanted, sent));
}

/** A copy in which only values count: no absent properties, no order of them, bytes as plain arrays. */
function comparable(value: unknown): unknown {
  if (value === null || typeof value !== "object" || isMatcher(value)) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(comparable);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, comparable(part)]));
}

function byText(a: unknown, b: unknown): number {
  return textOf(a) < textOf(b) ? -1 : 1;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? [...part] : part,
  );
}

/** Jest's and vitest's matchers have this method in common. */
interface Matcher {
  asymmetricMatch(value: unknown): boolean;
}

function isMatcher(value: unknown): value is Matcher {
  return typeof (value as Partial<Matcher> | null)?.asymmetricMatch === "function";
}

/** The expected value, with what each matcher matches in the matcher's place. */
function matched(expected: unknown, sent: unknown): unknown {
  if (isMatcher(expected)) return expected.asymmetricMatch(sent) ? sent : expected;
  if (expected === null || typeof expected !== "object" || expected instanceof Uint8Array) {
    return expected;
  }
  const partOf = (name: string) => (sent as Record<string, unknown> | null | undefined)?.[name];
  if (Array.isArray(expected)) return expected.map((part, at) => matched(part, partOf(String(at))));
  return Object.fromEntries(
    Object.entries(expected).map(([name, part]) => [name, matched(part, partOf(name))]),
  );
}
