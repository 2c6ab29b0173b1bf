import type { RequestEvent } from "../session/connection.js";
import type { SessionEmitter } from "../session/events.js";
import { printable, requestText } from "./request-text.js";

/** What shows its requests: an engine, or one session. */
export interface Observed {
  readonly events: SessionEmitter;
}

export interface DebugOptions {
  /** Where lines go to. Default: `console.error`. */
  readonly write?: (line: string) => void;
  /**
   * Whether lines are coloured. Default: on a terminal that takes colours, unless the environment's
   * NO_COLOR is set (https://no-color.org).
   */
  readonly colors?: boolean;
  /**
   * Whether keys and values are shown, which are your users' data. Default `false`: a `?` stands for
   * each, and a hash for the keys.
   */
  readonly values?: boolean;
}

/**
 * Prints each request as a line: operation, tables, the hash of its keys, what it asks for, how long
 * it took and what it cost. Returns what ends that. As SQLAlchemy's `create_engine(echo=True)`.
 *
 * @example
 * import { debug } from "dynalchemy/debug";
 * const stop = debug(engine);
 * // UpdateItem Posts #0f3kq1v8ab SET views = ? if views = ?  3.1 ms  1 unit
 */
export function debug(
  { events }: Observed,
  { write = toConsole, colors = takesColors(), values = false }: DebugOptions = {},
): () => void {
  const paint = colors ? painted : plain;
  const print = (event: RequestEvent) => write(lineOf(event, paint, values));
  events.on("request", print);
  return () => events.off("request", print);
}

type Style = keyof typeof codes;
type Paint = (style: Style, text: string) => string;

/** SGR parameters, of ECMA-48. */
const codes = { bold: 1, dim: 2, red: 31, yellow: 33, cyan: 36 } as const;

const painted: Paint = (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
const plain: Paint = (_, text) => text;

function lineOf(event: RequestEvent, paint: Paint, showsValues: boolean): string {
  const { operation, tables, index, keysHash, attempts, consumedCapacity, error } = event;
  const place = tables.join(", ") + (index === undefined ? "" : `/${index}`);
  const units = consumedCapacity === 1 ? "unit" : "units";
  const parts = [
    paint("bold", operation),
    paint("cyan", printable(place)),
    keysHash && paint("dim", `#${keysHash}`),
    requestText(event.request, showsValues),
    paint("dim", ` ${event.durationMs.toFixed(1)} ms`),
    consumedCapacity !== undefined && paint("dim", ` ${consumedCapacity} ${units}`),
    attempts > 1 && paint("yellow", ` ${attempts} attempts`),
    error && paint("red", ` ${reasonOf(error, showsValues)}`),
  ];
  return parts.filter((part) => typeof part === "string" && part !== "").join(" ");
}

/** A message may quote the key. */
function reasonOf(error: Error, showsValues: boolean): string {
  const { code = error.name } = error as { readonly code?: string };
  return printable(showsValues ? `${code}: ${error.message}` : code);
}

function toConsole(line: string): void {
  // biome-ignore lint/suspicious/noConsole: whoever calls debug() asks for it.
  console.error(line);
}

/** What is asked of Node's `process`, which other runtimes may lack. */
interface Terminal {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stderr?: { readonly isTTY?: boolean };
}

function takesColors(): boolean {
  const { process: terminal } = globalThis as { readonly process?: Terminal };
  const { NO_COLOR = "", TERM } = terminal?.env ?? {};
  return terminal?.stderr?.isTTY === true && NO_COLOR === "" && TERM !== "dumb";
}
