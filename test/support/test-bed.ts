import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { type AnyModel, Engine, type EngineOptions } from "dynalchemy";
import { afterAll, beforeAll, vi } from "vitest";
import { infoOf } from "../../src/model/metadata.js";
import { keyOf } from "../../src/schema/key.js";
import type { TableSpec } from "../../src/schema/table.js";
import type { WireItem } from "../../src/schema/wire.js";
import { makeClient } from "./client.js";
import { engineHas } from "./engine-facts.js";
import { FaultProxy } from "./fault-proxy.js";
import { type Recorder, record } from "./recorder.js";
import { freshNames } from "./tables.js";

/** An engine with tables of its own, what it sends, and a way past it to the table. */
export interface Bed {
  readonly engine: Engine;
  readonly recorder: Recorder;
  /** The physical name of a model's table. */
  tableName(model: AnyModel): string;
  /** The item as the table holds it. */
  stored(model: AnyModel, key: object): Promise<WireItem | undefined>;
  /** Writes an item as somebody else would. */
  store(model: AnyModel, item: WireItem): Promise<void>;
  remove(model: AnyModel, key: object): Promise<void>;
}

/** Creates the models' tables, under names that no other test has. */
export async function makeBed(
  models: readonly AnyModel[],
  options: Omit<EngineOptions, "tableName"> = {},
): Promise<Bed> {
  const names = freshNames();
  const direct = makeClient();
  const client = options.client ?? makeClient();
  const engine = new Engine({ ...options, client, tableName: names });
  await engine.bind(...models);
  for (const model of models) await keepExpired(direct, infoOf(model).table, names);
  const recorder = record(client);
  return { engine, recorder, ...past(direct, names) };
}

/** DynamoDB Local deletes expired items within seconds, and sometimes amid a test that looks at them. */
async function keepExpired(
  client: DynamoDBClient,
  { ttl, tableName }: TableSpec,
  names: (name: string) => string,
): Promise<void> {
  if (ttl === undefined || !engineHas("ttl")) return;
  const TimeToLiveSpecification = { AttributeName: ttl.attribute, Enabled: false };
  const command = new UpdateTimeToLiveCommand({
    TableName: names(tableName),
    TimeToLiveSpecification,
  });
  await client.send(command);
}

/** The same, with a proxy between the engine's client and the table. */
export async function makeFaultBed(
  models: readonly AnyModel[],
  options: Omit<EngineOptions, "tableName" | "client"> = {},
): Promise<Bed & { readonly proxy: FaultProxy }> {
  const proxy = await FaultProxy.start();
  const client = makeClient({ endpoint: proxy.endpoint });
  const bed = await makeBed(models, { ...options, client });
  return { ...bed, proxy };
}

export type FaultBed = Awaited<ReturnType<typeof makeFaultBed>>;

/** One for all tests of a suite, without pauses between resends: they are random, and here there are none. */
export function useFaultBed(models: readonly AnyModel[], take: (bed: FaultBed) => void): void {
  let bed: FaultBed | undefined;
  beforeAll(async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    bed = await makeFaultBed(models);
    take(bed);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await bed?.proxy.close();
  });
}

function past(client: DynamoDBClient, names: (name: string) => string) {
  const tableName = (model: AnyModel) => names(infoOf(model).table.tableName);
  const keyWire = (model: AnyModel, key: object) => keyOf(infoOf(model).table, key).wire;
  return {
    tableName,
    async stored(model: AnyModel, key: object): Promise<WireItem | undefined> {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: tableName(model),
          Key: keyWire(model, key),
          ConsistentRead: true,
        }),
      );
      return Item as WireItem | undefined;
    },
    async store(model: AnyModel, item: WireItem): Promise<void> {
      await client.send(new PutItemCommand({ TableName: tableName(model), Item: item }));
    },
    async remove(model: AnyModel, key: object): Promise<void> {
      await client.send(
        new DeleteItemCommand({ TableName: tableName(model), Key: keyWire(model, key) }),
      );
    },
  };
}
