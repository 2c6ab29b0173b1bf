import type { Writable } from "node:stream";

type Call = () => unknown;

/** What a stream that is held back asks of its keeper. */
export interface Gate {
  /** Must settle before the first byte leaves. A rejection is the keeper's to handle: nothing leaves. */
  open(): Promise<void>;
  /** Resolves when the handler has finished: until then a throw may still replace the answer. */
  finished(): Promise<void>;
}

/**
 * Holds what is written to a stream back until the gate is open; it passes unchanged from then on. What
 * is ended in one go waits for its handler to finish as well, unless the handler itself waits for the
 * stream, as `pipeline(source, stream)` does.
 */
export class HeldStream<S extends Writable = Writable> {
  protected readonly stream: S;
  readonly #gate: Gate;
  readonly #calls: Call[] = [];
  readonly #methods: Pick<Writable, "write" | "end">;
  #listeners = 0;
  #isOpening = false;
  #isFree = false;
  #isDiscarded = false;
  #isEnded = false;
  #refused = false;

  constructor(stream: S, gate: Gate) {
    this.stream = stream;
    this.#gate = gate;
    this.#methods = { write: stream.write, end: stream.end };
    this.expectListeners();
    this.#hold();
  }

  /** Whether what is written passes. */
  protected get isFree(): boolean {
    return this.#isFree;
  }

  /** Whether something was written or ended that hasn't left. */
  protected get holdsAny(): boolean {
    return this.#calls.length > 0;
  }

  /** Whether what was written is forgotten, and what still comes by a way of then is ignored. */
  protected get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  /**
   * Forgets what is held, and holds nothing more. What was put around the stream's methods since, such as
   * by express-session, is taken away: it goes on with the answer that is forgotten.
   */
  discard(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    this.#isDiscarded = true;
    this.#calls.length = 0;
    Object.assign(this.stream, this.#methods);
  }

  /** Who waits for the stream by now, such as Node itself and middlewares, isn't its handler. */
  expectListeners(): void {
    this.#listeners = this.#waiting;
  }

  get #waiting(): number {
    return this.stream.listenerCount("finish") + this.stream.listenerCount("close");
  }

  protected keep(call: Call): void {
    if (this.#isEnded) throw new Error("The response was ended already");
    this.#calls.push(call);
  }

  #hold(): void {
    const { stream } = this;
    const { write, end } = this.#methods;
    Object.assign(stream, {
      write: (...args: Parameters<typeof write>) => {
        if (this.#isDiscarded) return false;
        if (this.#isFree) return write.apply(stream, args);
        this.keep(() => {
          // The writer was told to wait, and waits for this.
          if (write.apply(stream, args)) this.#refused = true;
        });
        this.open();
        return false;
      },
      end: (...args: Parameters<typeof end>) => {
        if (this.#isDiscarded) return stream;
        if (this.#isFree) return end.apply(stream, args);
        const call = () => end.apply(stream, args);
        if (this.#isEnded && !args.some(isPart)) {
          // A second end that adds nothing is no mistake to Node.
          this.#calls.push(call);
          return stream;
        }
        this.keep(call);
        this.#isEnded = true;
        this.#openAtEnd(args.some((arg: unknown) => typeof arg === "function"));
        return stream;
      },
    });
  }

  #openAtEnd(isAwaited: boolean): void {
    if (isAwaited || this.#waiting > this.#listeners) {
      this.open();
      return;
    }
    const onListener = (name: string | symbol) => {
      if (name === "finish" || name === "close") open();
    };
    const open = () => {
      this.stream.off("newListener", onListener);
      this.open();
    };
    this.stream.on("newListener", onListener);
    void this.#gate.finished().then(open);
  }

  protected open(): void {
    if (this.#isOpening || this.#isFree) return;
    this.#isOpening = true;
    this.#gate.open().then(
      () => this.release(),
      () => undefined,
    );
  }

  /** Lets what is held pass, and all that comes. */
  release(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    for (const call of this.#calls.splice(0)) call();
    if (this.#refused && !this.#isEnded && !this.stream.writableNeedDrain) {
      this.stream.emit("drain");
    }
  }
}

/** Whether an argument of `end` is something to be written, or how. */
function isPart(arg: unknown): boolean {
  return arg !== undefined && arg !== null && typeof arg !== "function";
}
