import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Post } from "./items.js";

/** What a contestant is given to work with. */
export interface Equipment {
  /** A client of its own; all reach the same prepared answers. */
  client(config?: Pick<DynamoDBClientConfig, "logger">): DynamoDBClient;
  /** For those who make the client themselves. */
  readonly clientConfig: DynamoDBClientConfig;
  /** The texts of the answers, for those that need no client. */
  readonly texts: {
    readonly pages: readonly string[];
    readonly batch: string;
    readonly item: string;
  };
  readonly sample: Sample;
}

/** What is written; contestants make what they need of it before the time is taken. */
export interface Sample {
  /** To be written, and the one to be read and updated: the first. */
  readonly posts: readonly Post[];
}

export interface Loaded {
  readonly items: readonly unknown[];
  /** What holds on to the items besides, such as a session; it counts as memory that they take. */
  readonly heldBy?: unknown;
}

/**
 * One way to reach the table. Each operation is what its user would write; what it can't do, it
 * leaves out.
 */
export interface Contestant {
  /** All items of one partition, over all pages. */
  query?(): Promise<Loaded>;
  get?(): Promise<unknown>;
  /** 100 items. */
  batchGet?(): Promise<readonly unknown[]>;
  /** 25 items, whatever is there. */
  batchWrite?(): Promise<unknown>;
  /** Sets `views` and `title`, provided that the item has the previous values of both. */
  update?(change: Change): Promise<unknown>;
  /** A read item as plain data, to be compared with the others'. */
  plain(item: unknown): unknown;
}

export interface Change {
  readonly before: Pick<Post, "views" | "title">;
  readonly after: Pick<Post, "views" | "title">;
}

/** Each contestant's file exports this. */
export type Open = (equipment: Equipment) => Contestant | Promise<Contestant>;
