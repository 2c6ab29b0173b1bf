import type { IndexRef } from "../../model/index-ref.js";
import type { AnyModel } from "../../model/model.js";
import type { Columns } from "../../schema/column.js";
import { BulkSearch } from "../bulk/bulk-search.js";
import type { ReadHost } from "./host.js";
import { Search, type Selected } from "./search.js";
import { assertWhole, selectColumns } from "./search-checks.js";
import { type SearchProps, startProps } from "./search-props.js";

/** Into how many segments DynamoDB divides a table at most. */
const maxSegments = 1_000_000;

/**
 * A scan of a table or an index: it reads, and pays for, every item, in no order.
 *
 * @example for await (const user of session.scan(User).untracked()) … // Scan { TableName: "User" }
 */
export class Scan<
  T extends object,
  C extends Columns = Columns,
  I extends string = string,
> extends BulkSearch<T, C> {
  /** @internal */
  protected override make(props: SearchProps): this {
    // No class extends it: a step gives what it was called on.
    return new Scan<T, C, I>(props) as this;
  }

  /**
   * Reads an index of the model instead of the table. What was said before must hold of the index too.
   *
   * An index that doesn't hold all columns gives partial objects, whose other attributes throw when
   * they are read; see `complete()`.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for an unknown index.
   * @example
   * session.scan(Post).index("byUser") // Scan { IndexName: "byUser" }
   */
  index(name: I): this {
    return this.make(this.ofIndex(name));
  }

  /**
   * Reads so many segments of the table side by side, as far as the engine's `concurrency` lets it,
   * and 16 at most.
   * Results come as the segments give them. One cursor stands for all segments; it goes with a scan
   * of as many. Each segment reads one page ahead, and waits until that was taken.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for anything but a whole number from 1 to 1,000,000.
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
   * @example session.scan(User).parallel(4) // 4 × Scan { Segment: 0…3, TotalSegments: 4 }
   */
  parallel(segments: number): this {
    const props = Search.propsOf(this);
    return this.make({
      ...props,
      segments: assertWhole(props.info, "parallel", segments, maxSegments),
    });
  }

  /**
   * Gives plain rows of these columns instead of instances; no session tracks them. The keys are
   * read too, but shown only where they are asked for.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for an unknown column, and for one that a global index lacks.
   * @example session.scan(User).select("name") // Scan { ProjectionExpression: "name, id" }
   */
  select<const N extends keyof C & string>(
    ...names: readonly [N, ...N[]]
  ): Scan<Selected<C, N>, C, I> {
    const props = Search.propsOf(this);
    return new Scan({ ...props, selected: selectColumns(props, names) });
  }
}

/** Begins a scan of a table or an index. */
export function startScan(host: ReadHost, from: AnyModel | IndexRef): Scan<object> {
  return new Scan(startProps(host, "Scan", from));
}
