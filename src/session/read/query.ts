import type { Condition } from "../../expr/condition.js";
import { InvalidExpression, InvalidKeyCondition } from "../../expr/errors.js";
import { assertFilter } from "../../expr/filter.js";
import { readKeyCondition } from "../../expr/key-condition.js";
import { type ConditionNode, junction } from "../../expr/nodes.js";
import { Renderer } from "../../expr/renderer.js";
import { conditionOn } from "../../expr/condition.js";
import { IndexRef } from "../../model/index-ref.js";
import { infoOf, type ModelInfo } from "../../model/metadata.js";
import type { AnyModel } from "../../model/model.js";
import type { Columns } from "../../schema/column.js";
import type { IndexSpec } from "../../schema/index-spec.js";
import type { WireItem } from "../../schema/wire.js";
import { MultipleResults, NoResult } from "../errors.js";
import type { ReadHost } from "./host.js";

interface Props {
  readonly host: ReadHost;
  readonly info: ModelInfo;
  readonly operation: "Query" | "Scan";
  readonly index: IndexSpec | undefined;
  readonly key: Condition | object | undefined;
  readonly filter: ConditionNode | undefined;
  readonly isConsistent: boolean | undefined;
  readonly isDescending: boolean;
  readonly limit: number | undefined;
}

/** A lazy, immutable search: each step gives a new one, and nothing is sent before its results are asked for. */
export class Query<T extends object, C extends Columns = Columns, I extends string = string> {
  /** Only for types. */
  declare readonly columns: C;
  readonly #props: Props;

  /** @internal */
  constructor(props: Props) {
    this.#props = props;
  }

  /** Reads an index of the model. @throws {InvalidExpression} INVALID_EXPRESSION for an unknown one. */
  index(name: I): Query<T, C, I> {
    const index = this.#props.info.table.indexes.get(name);
    if (index === undefined) {
      throw new InvalidExpression(`${this.#props.info.name} has no index ${name}.`);
    }
    return this.#with({ index });
  }

  /** The hash key by equality, and at most one condition on the range key; or the same as an object. */
  key(condition: Condition | object): Query<T, C, I> {
    const { info, index, key } = this.#props;
    const read = readKeyCondition(info.table, index, condition);
    if (key === undefined) return this.#with({ key: conditionOn(read.node) });
    return this.#with({ key: (key as Condition).and(conditionOn(read.node)) });
  }

  /** What results must be beside that; applied by the table after reading. */
  filter(condition: Condition): Query<T, C, I> {
    const { info, index, operation, filter } = this.#props;
    assertFilter(condition, info.table, index, operation === "Scan" ? "scan" : "query");
    return this.#with({ filter: junction("and", [filter, condition.node]) });
  }

  /** @throws {InvalidExpression} INVALID_EXPRESSION for a global index, which has no consistent reads. */
  consistent(isConsistent = true): Query<T, C, I> {
    if (isConsistent && this.#props.index?.kind === "global") {
      throw new InvalidExpression("A global index has no consistent reads.");
    }
    return this.#with({ isConsistent });
  }

  ascending(): Query<T, C, I> {
    return this.#with({ isDescending: false });
  }

  descending(): Query<T, C, I> {
    return this.#with({ isDescending: true });
  }

  /** How many results there are at most; items that the filter drops don't count. */
  limit(limit: number): Query<T, C, I> {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new InvalidExpression("A limit is a whole number of 1 or more.");
    }
    return this.#with({ limit });
  }

  /** The request of the first page. */
  request() {
    const { host, info, operation, index, key, filter, isDescending, limit } = this.#props;
    const renderer = new Renderer();
    if (operation === "Query" && key === undefined) {
      throw new InvalidKeyCondition(`A query of ${info.name} needs .key().`, { model: info.name });
    }
    const node = key && readKeyCondition(info.table, index, key).node;
    const keyText = node && renderer.keyCondition(node);
    const filterText = filter && renderer.condition(filter);
    const names = renderer.names();
    const values = renderer.values();
    const isConsistent =
      index?.kind !== "global" && (this.#props.isConsistent ?? host.isConsistent);
    return {
      TableName: host.tableName(info),
      ...(index !== undefined && { IndexName: index.name }),
      ...(keyText !== undefined && { KeyConditionExpression: keyText }),
      ...(filterText !== undefined && { FilterExpression: filterText }),
      ...(names !== undefined && { ExpressionAttributeNames: names }),
      ...(values !== undefined && { ExpressionAttributeValues: values }),
      ...(isConsistent && { ConsistentRead: true }),
      ...(isDescending && { ScanIndexForward: false }),
      ...(limit !== undefined && filter === undefined && { Limit: limit }),
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { host, info, operation, index, limit } = this.#props;
    const request = this.request();
    const requested = index === undefined || index.projection === "all" ? undefined : index.projected;
    let given = 0;
    let start: WireItem | undefined;
    do {
      host.assertOpen(operation);
      const mark = host.mark();
      const { output } = await host.connection.send(
        operation,
        start === undefined ? request : { ...request, ExclusiveStartKey: start },
      );
      host.assertOpen(operation);
      for (const item of output.Items ?? []) {
        const facts = {
          mark,
          requested,
          isAuthoritative: index?.kind !== "global",
          overwrites: false,
          includeExpired: false,
        };
        const found = host.absorb(info, item, facts);
        if (found === undefined) continue;
        yield found as T;
        given += 1;
        if (given === limit) return;
      }
      start = output.LastEvaluatedKey;
    } while (start !== undefined);
  }

  async all(): Promise<T[]> {
    const results: T[] = [];
    for await (const each of this) results.push(each);
    return results;
  }

  async first(): Promise<T | undefined> {
    for await (const each of this.limit(1)) return each;
    return undefined;
  }

  /** @throws {NoResult} NO_RESULT @throws {MultipleResults} MULTIPLE_RESULTS */
  async one(): Promise<T> {
    const [first, second] = await this.limit(2).all();
    if (first === undefined) throw new NoResult(this.#props.info.name);
    if (second !== undefined) throw new MultipleResults(this.#props.info.name);
    return first;
  }

  #with(props: Partial<Props>): Query<T, C, I> {
    return new Query<T, C, I>({ ...this.#props, ...props });
  }
}

export function startSearch(
  host: ReadHost,
  operation: "Query" | "Scan",
  from: AnyModel | IndexRef,
): Query<object> {
  const info = from instanceof IndexRef ? from.info : infoOf(from);
  const index = from instanceof IndexRef ? info.table.indexes.get(from.name) : undefined;
  return new Query({
    host,
    info,
    operation,
    index,
    key: undefined,
    filter: undefined,
    isConsistent: undefined,
    isDescending: false,
    limit: undefined,
  });
}

export function startQuery(host: ReadHost, from: AnyModel | IndexRef): Query<object> {
  return startSearch(host, "Query", from);
}
