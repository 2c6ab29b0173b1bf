import { setFlagsFromString } from "node:v8";
import { type AnyColumn, model, t } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import { hydrate } from "../../../src/model/hydrate.js";
import { infoOf } from "../../../src/model/metadata.js";
import type { StoredItem } from "../../../src/model/scanned-item.js";
import type { AttributeValue, WireItem } from "../../../src/schema/wire.js";
import { scanOfPages } from "../../../src/session/read/answer-scan.js";
import { plainRows } from "../../../src/session/read/plain-row.js";

/** What V8 knows of objects: whether they have a hidden class rather than a dictionary, and whether it is one. */
let isFast: (object: object) => boolean;
let areAlike: (a: object, b: object) => boolean;

beforeAll(() => {
  setFlagsFromString("--allow-natives-syntax");
  isFast = new Function("o", "return %HasFastProperties(o)") as typeof isFast;
  areAlike = new Function("a", "b", "return %HaveSameMap(a, b)") as typeof areAlike;
});

/** A model with so many columns, half of which an item may lack, and a map that is as wide. */
function wideModel(columns: number) {
  const names = Array.from({ length: columns - 2 }, (_, at) => `column${at}`);
  const members = Object.fromEntries(names.map((name) => [name, t.string()]));
  const declared: Record<string, AnyColumn> = { meta: t.map(members).optional() };
  for (const [at, name] of names.entries()) {
    declared[name] = at % 2 === 0 ? t.string() : t.string().optional();
  }
  return infoOf(model("Wide", { id: t.string().hashKey(), ...declared }));
}

/** So many that V8 has made up its mind about the objects' size before the last ones are made. */
const many = 100;

function itemsOf(info: ReturnType<typeof wideModel>): WireItem[] {
  return Array.from({ length: many }, (_, at): WireItem => {
    const item: Record<string, AttributeValue> = { id: { S: `${at}` } };
    const members: Record<string, AttributeValue> = {};
    for (const { name, isOptional } of info.table.columns) {
      if (!name.startsWith("column")) continue;
      members[name] = { S: `${name} in it` };
      if (!isOptional || at % 3 !== 0) item[name] = { S: `${name} of ${at}` };
    }
    return { ...item, meta: { M: members } };
  });
}

const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

function scanned(info: ReturnType<typeof wideModel>, items: readonly WireItem[]) {
  const body = Buffer.from(JSON.stringify({ Items: items }));
  const answer = scanOfPages(info)?.(body, decode) as { readonly Items: readonly StoredItem[] };
  return answer.Items;
}

function expectOneShape(objects: readonly object[]): void {
  const last = objects.slice(-many / 2);
  expect(last).toHaveLength(many / 2);
  expect(last.every(isFast)).toBe(true);
  const [first = {}] = last;
  expect(last.every((object) => areAlike(first, object))).toBe(true);
}

describe.each([3, 12, 40])("objects of %i columns have one hidden class", (columns) => {
  describe.each(["read by a scan", "read by JSON.parse"])("%s:", (way) => {
    const read = () => {
      const info = wideModel(columns);
      const items = itemsOf(info);
      const stored = way === "read by a scan" ? scanned(info, items) : items;
      return { info, stored, states: stored.map((item) => hydrate(info, item)) };
    };

    it("instances", () => expectOneShape(read().states.map(({ instance }) => instance)));

    it("snapshots", () => expectOneShape(read().states.map(({ snapshot }) => snapshot as object)));

    it("maps in them", () =>
      expectOneShape(read().states.map(({ instance }) => Reflect.get(instance, "meta"))));

    it("instances of some columns", () => {
      const { info, stored } = read();
      const some = new Set(["id", "column0"]);
      expectOneShape(stored.map((item) => hydrate(info, item, some).snapshot as object));
    });

    it("rows of select()", () => {
      const { info, stored } = read();
      expectOneShape(stored.map(plainRows(info, info.table.columns)));
      expectOneShape(stored.map(plainRows(info, info.table.columns.slice(1))));
    });
  });

  it("new instances, of the model and of a class that extends it", () => {
    const info = wideModel(columns);
    const { model: Wide } = info as unknown as { readonly model: new (values: object) => object };
    class Wider extends Wide {}
    const values = itemsOf(info).map(({ meta: _, ...texts }) =>
      Object.fromEntries(Object.keys(texts).map((name) => [name, name])),
    );
    expectOneShape(values.map((each) => new Wide(each)));
    expectOneShape(values.map((each) => new Wider(each)));
  });
});
