import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type AttributeValue as SdkValue,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { AttributeValue } from "../../schema/wire.js";

/** Every request that the library sends, and no other. */
const commands = {
  GetItem: GetItemCommand,
  BatchGetItem: BatchGetItemCommand,
  TransactGetItems: TransactGetItemsCommand,
  Query: QueryCommand,
  Scan: ScanCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  BatchWriteItem: BatchWriteItemCommand,
  TransactWriteItems: TransactWriteItemsCommand,
  DescribeTable: DescribeTableCommand,
  CreateTable: CreateTableCommand,
  DescribeTimeToLive: DescribeTimeToLiveCommand,
  UpdateTimeToLive: UpdateTimeToLiveCommand,
} as const;

type Commands = typeof commands;
export type Operation = keyof Commands;

/** The operations on items: they tell what they cost, and their bodies hold nothing but JSON's own types and attribute values. */
export const itemOperations: ReadonlySet<Operation> = new Set<Operation>([
  "GetItem",
  "BatchGetItem",
  "TransactGetItems",
  "Query",
  "Scan",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "TransactWriteItems",
]);

type SdkInput<O extends Operation> = ConstructorParameters<Commands[O]>[0];
type SdkOutput<O extends Operation> =
  InstanceType<Commands[O]> extends { resolveMiddleware(...args: never[]): infer H }
    ? H extends (...args: never[]) => Promise<{ output: infer Output }>
      ? Output
      : never
    : never;

/** A request as the SDK has it, with our own attribute values, and lists that may be frozen. */
type Sent<T> = T extends SdkValue
  ? AttributeValue
  : T extends Date | Uint8Array
    ? T
    : T extends readonly (infer E)[]
      ? readonly Sent<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Sent<T[K]> }
        : T;

type Received<T> = T extends SdkValue
  ? AttributeValue
  : T extends Date | Uint8Array
    ? T
    : T extends (infer E)[]
      ? Received<E>[]
      : T extends object
        ? { [K in keyof T]: Received<T[K]> }
        : T;

export type Input<O extends Operation> = Sent<SdkInput<O>>;
export type Output<O extends Operation> = Received<SdkOutput<O>>;

/** A command as the client takes it, whichever operation it is for. */
export type SdkCommand = Parameters<DynamoDBClient["send"]>[0];

export function makeCommand<O extends Operation>(operation: O, input: Input<O>): SdkCommand {
  const Command = commands[operation] as unknown as new (input: unknown) => SdkCommand;
  return new Command(input);
}

/** The tables that a request names. */
export function tablesOf(input: object): readonly string[] {
  const request = input as {
    readonly TableName?: string;
    readonly RequestItems?: Readonly<Record<string, unknown>>;
    readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string }>>[];
  };
  if (request.TableName !== undefined) return [request.TableName];
  if (request.RequestItems !== undefined) return Object.keys(request.RequestItems);
  const names = (request.TransactItems ?? []).flatMap((action) =>
    Object.values(action).flatMap(({ TableName }) => TableName ?? []),
  );
  return [...new Set(names)];
}
