import type { Columns } from "../schema/column.js";
import type { ModelInfo } from "./metadata.js";

declare const indexColumns: unique symbol;
declare const indexHash: unique symbol;

/**
 * A secondary index of a model, as a query takes it: `session.query(Post.byUser)`.
 * Its results are typed by the model's columns; `session.query(Post).index("byUser")` gives `Post` itself.
 */
export class IndexRef<C extends Columns = Columns, H = unknown> {
  /** Only for types. */
  declare readonly [indexColumns]: C;
  /** Only for types: the name of its hash key. */
  declare readonly [indexHash]?: H;
  /** @internal */
  readonly info: ModelInfo;
  readonly name: string;

  /** @internal */
  constructor(info: ModelInfo, name: string) {
    this.info = info;
    this.name = name;
    Object.freeze(this);
  }

  toString(): string {
    return `${this.info.name}.${this.name}`;
  }
}
