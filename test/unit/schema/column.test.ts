import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AnyColumn } from "../../../src/schema/column.js";
import { InvalidModel, InvalidValue } from "../../../src/schema/errors.js";
import { validateColumn } from "../../../src/schema/item-codec.js";
import type { ColumnSpec } from "../../../src/schema/table.js";
import { declareTable } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";
import { thrownBy } from "./thrown-by.js";

const table = (column: AnyColumn) => declareTable("Post", { id: t.string().hashKey(), column });
const specOf = (column: AnyColumn) => table(column).byName.get("column") as ColumnSpec;

describe("a modifier", () => {
  it("returns a new column and leaves the old one as it is", () => {
    const plain = t.string();
    const columns = [
      plain.hashKey(),
      plain.rangeKey(),
      plain.optional(),
      plain.default("x"),
      plain.as("c"),
      plain.onUpdate(() => "x"),
      plain.validate(() => true),
    ];
    expect(new Set([plain, ...columns]).size).toBe(8);
    expect(plain.settings).toEqual(t.string().settings);
    for (const column of [plain, ...columns]) {
      expect(Object.isFrozen(column)).toBe(true);
      expect(Object.isFrozen(column.settings)).toBe(true);
    }
  });

  it("is kept with the others in any order", () => {
    const one = specOf(
      t
        .integer()
        .optional()
        .as("v")
        .default(3)
        .validate((n) => n > 0),
    );
    const other = specOf(
      t
        .integer()
        .validate((n) => n > 0)
        .default(3)
        .as("v")
        .optional(),
    );
    for (const spec of [one, other]) {
      expect(spec).toMatchObject({ attribute: "v", isOptional: true, role: "none" });
      expect(spec.makeDefault?.()).toBe(3);
      expect(spec.validators).toHaveLength(1);
    }
  });
});

describe("a default", () => {
  it("is made for each instance by its function", () => {
    let count = 0;
    const spec = specOf(t.integer().default(() => ++count));
    expect([spec.makeDefault?.(), spec.makeDefault?.()]).toEqual([1, 2]);
  });

  it("is copied for each instance where it can be changed", () => {
    const tags = new Set(["a"]);
    const spec = specOf(t.set(t.string()).default(tags));
    tags.add("later");
    const [one, other] = [spec.makeDefault?.(), spec.makeDefault?.()] as Set<string>[];
    expect(one).toEqual(new Set(["a"]));
    one?.add("b");
    expect(other).toEqual(new Set(["a"]));
    expect(spec.makeDefault?.()).toEqual(new Set(["a"]));
  });

  it("replaces an earlier one", () => {
    expect(
      specOf(
        t
          .integer()
          .default(() => 1)
          .default(2),
      ).makeDefault?.(),
    ).toBe(2);
    expect(
      specOf(
        t
          .integer()
          .default(1)
          .default(() => 2),
      ).makeDefault?.(),
    ).toBe(2);
  });

  it.each([
    ["integer", t.integer().default(1.5)],
    ["string", t.string().default(null as never)],
    ["list", t.list(t.string()).default([1] as never)],
    ["any", t.any().default(new Date())],
    ["enum", t.enum("a").default("b" as never)],
  ])("that can't be stored is a mistake of the model: %s", (_, column) => {
    const error = thrownBy(() => table(column));
    expect(error).toBeInstanceOf(InvalidModel);
    expect(error).toMatchObject({ model: "Post", column: "column", message: /default/ });
  });
});

describe("a mistake inside another type", () => {
  it.each([
    ["list", () => t.list(t.string().validate(3 as never))],
    ["record", () => t.record(t.string().validate(3 as never))],
    ["map", () => t.map({ a: t.string().validate(3 as never) })],
  ])("is refused there: %s", (_, declare) => {
    const error = thrownBy(declare);
    expect(error).toBeInstanceOf(InvalidModel);
    expect((error as Error).message).toMatch(/\.validate\(\) takes a function.*not 3/);
  });
});

describe("a validator", () => {
  const verdict = (column: AnyColumn, value: unknown) => {
    const spec = table(column);
    try {
      validateColumn(spec, spec.byName.get("column") as ColumnSpec, value, {
        values: { id: 1 },
      });
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidValue);
      expect(error).toMatchObject({ model: "Post", attribute: "column", key: "{ id: 1 }" });
      return (error as Error).message;
    }
    return undefined;
  };

  it.each([true, undefined])("that returns %s lets the value pass", (result) => {
    expect(
      verdict(
        t.string().validate(() => result),
        "x",
      ),
    ).toBeUndefined();
  });

  it("refuses by false, by a text or by throwing", () => {
    expect(
      verdict(
        t.string().validate(() => false),
        "x",
      ),
    ).toMatch(/refused/);
    expect(
      verdict(
        t.string().validate(() => ""),
        "x",
      ),
    ).toMatch(/refused/);
    expect(
      verdict(
        t.string().validate(() => "too short"),
        "x",
      ),
    ).toMatch(/too short/);
    const throwing = t.string().validate(() => {
      throw new Error("too long");
    });
    expect(verdict(throwing, "x")).toMatch(/too long/);
  });

  it("is asked after those before it", () => {
    const asked: string[] = [];
    const column = t
      .string()
      .validate(() => {
        asked.push("first");
        return true;
      })
      .validate(() => {
        asked.push("second");
        return "no";
      })
      .validate(() => {
        asked.push("third");
      });
    expect(verdict(column, "x")).toMatch(/no/);
    expect(asked).toEqual(["first", "second"]);
  });

  it("may be a Standard Schema", () => {
    const column = t.integer().validate(z.number().min(3));
    expect(verdict(column, 3)).toBeUndefined();
    expect(verdict(column, 2)).toMatch(/3/);
    const nested = t.any().validate(z.object({ a: z.object({ b: z.string() }) }));
    expect(verdict(nested, { a: { b: 1 } })).toMatch(/a\.b: /);
  });

  it("may be a function that is a Standard Schema, as ArkType's are", () => {
    const schema = Object.assign(() => true, {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          value === "x" ? { value } : { issues: [{ message: "not x" }] },
      },
    } as const);
    expect(verdict(t.string().validate(schema), "x")).toBeUndefined();
    expect(verdict(t.string().validate(schema), "y")).toMatch(/not x/);
  });

  it("never changes the value", () => {
    const list = ["b", "a"];
    expect(
      verdict(t.list(t.string()).validate(z.array(z.string().transform(() => "c"))), list),
    ).toBeUndefined();
    expect(list).toEqual(["b", "a"]);
  });

  it("can't be asynchronous, and its rejection ends nothing", async () => {
    const later = async () => {
      throw new Error("later");
    };
    expect(verdict(t.string().validate(later as never), "x")).toMatch(/synchronous/);
    const schema = {
      "~standard": { version: 1, vendor: "test", validate: later },
    } as const;
    expect(verdict(t.string().validate(schema), "x")).toMatch(/synchronous/);
    const zod = z.string().refine(async () => true);
    expect(verdict(t.string().validate(zod), "x")).toMatch(/synchronous/);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("that breaks is a refusal", () => {
    const broken = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (): never => {
          throw new Error("broken");
        },
      },
    } as const;
    expect(verdict(t.string().validate(broken), "x")).toMatch(/broken/);
  });
});
