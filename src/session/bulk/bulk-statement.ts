/** Where a bulk statement stands. */
export type BulkStatus = "pending" | "done" | "dropped";

/**
 * An update or a deletion of all items that a search finds, made by `query.update()` and
 * `query.delete()`. It belongs to the session: the next flush reads the rows' keys and writes each
 * row, on condition that the search still finds it. SQLAlchemy's ORM-enabled update and delete,
 * except that it waits for the flush.
 *
 * @example
 * const statement = session.query(Post).key({ forum: "a" }).update({ views: Post.views.plus(1) });
 * await session.commit();
 * statement.written; // 10
 */
export class BulkStatement {
  readonly action: "update" | "delete";
  /** The name of the rows' model. */
  readonly model: string;
  readonly #text: string;
  #status: BulkStatus = "pending";
  #matched = 0;
  #written = 0;
  #changed = 0;
  #uncertain = 0;
  #drop: (() => void) | undefined;

  /** @internal */
  constructor(action: "update" | "delete", model: string, text: string) {
    this.action = action;
    this.model = model;
    this.#text = text;
  }

  /** `pending` until all rows are written; `dropped` if it was cancelled, or the session rolled back or closed, before. */
  get status(): BulkStatus {
    return this.#status;
  }

  /** How many rows the flush found; 0 before it has read them. */
  get matched(): number {
    return this.#matched;
  }

  /** How many rows were written. */
  get written(): number {
    return this.#written;
  }

  /** How many rows had changed between read and write, so that the search doesn't find them any more; they were left alone. */
  get changed(): number {
    return this.#changed;
  }

  /** How many rows were perhaps written: the answer was lost, and sending it again could count twice. */
  get uncertain(): number {
    return this.#uncertain;
  }

  /**
   * Gives up what isn't written yet; the statement is `dropped` then. Nothing happens to one that is
   * done.
   *
   * @example
   * statement.cancel(); // where session.flush() found that the session has edited one of its rows
   */
  cancel(): void {
    this.#drop?.();
  }

  /** @internal */
  whenCancelled(drop: () => void): void {
    this.#drop = drop;
  }

  /** @internal */
  found(rows: number): void {
    this.#matched = rows;
  }

  /** @internal */
  count(fate: "written" | "changed" | "uncertain"): void {
    if (fate === "written") this.#written += 1;
    else if (fate === "changed") this.#changed += 1;
    else this.#uncertain += 1;
  }

  /** @internal */
  end(status: "done" | "dropped"): void {
    this.#drop = undefined;
    this.#status = status;
  }

  /** What it does, for people. */
  toString(): string {
    return this.#text;
  }

  /** @internal What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const counts = `matched ${this.#matched}, written ${this.#written}, changed ${this.#changed}, uncertain ${this.#uncertain}`;
    return `BulkStatement(${this.#text}; ${this.#status}: ${counts})`;
  }
}
