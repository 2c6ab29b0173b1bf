import { describeValue } from "../schema/errors.js";
import type { IndexSpec } from "../schema/index-spec.js";
import { maxHashKeyBytes, maxRangeKeyBytes } from "../schema/limits.js";
import { scalarBytes } from "../schema/size.js";
import type { ColumnSpec, TableSpec } from "../schema/table.js";
import type { AttributeValue } from "../schema/wire.js";
import { Condition } from "./condition.js";
import { InvalidKeyCondition } from "./errors.js";
import { belongsTo, type ConditionNode, junction, type PathNode, type TestNode } from "./nodes.js";
import { columnPath } from "./path.js";
import { printCondition } from "./print.js";
import { printPath } from "./print-path.js";
import { operandsOf } from "./walk.js";

/** A key condition that DynamoDB takes. */
export interface KeyCondition {
  /** As it is sent: the hash key first, whatever the order in which it was given. */
  readonly node: ConditionNode;
  readonly hash: { readonly column: ColumnSpec; readonly wire: AttributeValue };
  readonly range: ConditionNode | undefined;
  /** All that it compares with, the hash key's value first: what a cursor is bound to. */
  readonly values: readonly AttributeValue[];
}

/**
 * Reads the key condition of a query: the hash key of the table or index by equality, and at most
 * one condition on its range key; or the same as an object, `{ forum: "DynamoDB" }`. Several are
 * joined by AND.
 *
 * @throws {InvalidKeyCondition} INVALID_KEY_CONDITION, saying what was expected of which index.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
export function readKeyCondition(
  table: TableSpec,
  index: IndexSpec | undefined,
  condition: Condition | object,
  ...others: readonly (Condition | object)[]
): KeyCondition {
  const reader = new Reader(table, index);
  const [first, ...rest] = [condition, ...others].map((each) =>
    each instanceof Condition ? each : reader.fromValues(each),
  ) as [Condition, ...Condition[]];
  return reader.read(first.and(...rest));
}

class Reader {
  readonly #table: TableSpec;
  readonly #index: IndexSpec | undefined;
  readonly #hashKey: ColumnSpec;
  readonly #rangeKey: ColumnSpec | undefined;

  constructor(table: TableSpec, index: IndexSpec | undefined) {
    this.#table = table;
    this.#index = index;
    this.#hashKey = (index ?? table).hashKey;
    this.#rangeKey = (index ?? table).rangeKey;
  }

  read({ node }: Condition): KeyCondition {
    let hash: TestNode | undefined;
    let range: TestNode | undefined;
    for (const term of node.kind === "and" ? node.terms : [node]) {
      const test = this.#test(term);
      const column = this.#column(test);
      if (column === this.#hashKey) {
        if (hash !== undefined) throw this.#refuse(`${column.name} is given twice`, column.name);
        if (!isEquality(test)) {
          throw this.#refuse(
            `${printCondition(test)} isn't an equality of the hash key`,
            column.name,
          );
        }
        hash = test;
      } else {
        if (range !== undefined) {
          const remedy = "for a range from one value to another use between()";
          throw this.#refuse(`${column.name} has two conditions; ${remedy}`, column.name);
        }
        range = test;
      }
    }
    if (hash === undefined) {
      const { name } = this.#hashKey;
      throw this.#refuse(`the hash key ${name} is missing`, name);
    }
    const [wire] = valuesOf(hash) as [AttributeValue];
    return Object.freeze({
      node: junction("and", [hash, range]) as ConditionNode,
      hash: Object.freeze({ column: this.#hashKey, wire }),
      range,
      values: Object.freeze([wire, ...(range === undefined ? [] : valuesOf(range))]),
    });
  }

  /** Equalities by column name. */
  fromValues(values: unknown): Condition {
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw this.#refuse(`got ${describeValue(values)}`);
    }
    const conditions: Condition[] = [];
    for (const [name, value] of Object.entries(values)) {
      const column = this.#table.byName.get(name);
      if (column === undefined || (column !== this.#hashKey && column !== this.#rangeKey)) {
        throw this.#refuse(`${describeValue(name)} isn't part of the key`, name);
      }
      if (value === undefined || value === null) throw this.#refuse(`${name} is ${value}`, name);
      conditions.push(this.#equality(column, value));
    }
    const [first, ...others] = conditions;
    if (first === undefined) throw this.#refuse("no key is given");
    return first.and(...others);
  }

  #equality(column: ColumnSpec, value: unknown): Condition {
    try {
      return columnPath(this.#table, column).eq(value);
    } catch (error) {
      throw this.#refuse((error as Error).message.replace(/\.$/, ""), column.name, error);
    }
  }

  /** A condition of one of the forms that a key condition takes, on a value that a key can have. */
  #test(term: ConditionNode): TestNode {
    switch (term.kind) {
      case "comparison":
        if (term.operator === "<>") break;
        return term;
      case "between":
      case "beginsWith":
        return term;
      case "and":
      case "or":
        throw this.#refuse(`it joins conditions by ${term.kind}`);
      case "not":
        throw this.#refuse("it has a not");
      default:
        break;
    }
    throw this.#refuse(`${printCondition(term)} can't be part of it`, columnOf(term));
  }

  /** The key column that a test is about. */
  #column(test: TestNode): ColumnSpec {
    const [subject, ...others] = operandsOf(test);
    if (subject?.kind !== "path") {
      throw this.#refuse(`${printCondition(test)} isn't about a key itself`, columnOf(test));
    }
    const column = this.#keyOf(subject);
    for (const other of others) {
      if (other.kind !== "value") {
        throw this.#refuse(
          `${printCondition(test)} compares with another attribute, not with a value`,
          column.name,
        );
      }
      this.#assertKeyValue(column, other.wire);
    }
    return column;
  }

  #keyOf(path: PathNode): ColumnSpec {
    if (!belongsTo(path, this.#table)) {
      throw this.#refuse(`${path.model}.${printPath(path)} belongs to another model`, path.column);
    }
    if (path.steps.length > 1)
      throw this.#refuse(`${printPath(path)} is part of a document`, path.column);
    for (const column of [this.#hashKey, this.#rangeKey]) {
      if (column !== undefined && column.attribute === path.steps[0]) return column;
    }
    throw this.#refuse(
      `${printPath(path)} isn't part of the key; filter() takes any attribute`,
      path.column,
    );
  }

  #assertKeyValue(column: ColumnSpec, wire: AttributeValue): void {
    const bytes = scalarBytes(wire);
    if (bytes === 0 && !("N" in wire))
      throw this.#refuse(`${column.name} is empty, which no key is`, column.name);
    const limit = column === this.#hashKey ? maxHashKeyBytes : maxRangeKeyBytes;
    if (bytes <= limit) return;
    throw this.#refuse(
      `the value for ${column.name} has ${bytes} bytes, and a key at most ${limit}`,
      column.name,
    );
  }

  #refuse(problem: string, column?: string, cause?: unknown): InvalidKeyCondition {
    const index = this.#index?.name;
    const owner = index === undefined ? this.#table.model : `${this.#table.model}.${index}`;
    const range =
      this.#rangeKey === undefined
        ? `and nothing else, since there is no range key`
        : `and at most one condition on the range key ${this.#rangeKey.name}, by eq, lt, lte, gt, gte, between or beginsWith`;
    return new InvalidKeyCondition(
      `Invalid key condition of ${owner}: ${problem}. Expected the hash key ${this.#hashKey.name} by eq, ${range}.`,
      { model: this.#table.model, index, column, cause },
    );
  }
}

/** The column that a test is about. */
function columnOf(test: TestNode): string | undefined {
  const [subject] = operandsOf(test);
  if (subject?.kind === "size") return subject.path.column;
  return subject?.kind === "path" ? subject.column : undefined;
}

function isEquality(test: TestNode): boolean {
  return test.kind === "comparison" && test.operator === "=";
}

function valuesOf(test: TestNode): readonly AttributeValue[] {
  return operandsOf(test).flatMap((operand) => (operand.kind === "value" ? [operand.wire] : []));
}
