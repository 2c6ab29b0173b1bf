import type { Condition } from "../expr/condition.js";
import type { IndexRef } from "../model/index-ref.js";
import { infoOf, type ModelInfo } from "../model/metadata.js";
import type {
  AnyModel,
  ColumnsOf,
  IndexesOf,
  IndexNamesOf,
  KeyOf,
  ModelInstance,
} from "../model/model.js";
import type { Columns } from "../schema/column.js";
import { describeValue, InvalidModel, InvalidValue } from "../schema/errors.js";
import type { HashName, Row } from "../schema/infer.js";
import { isPlainObject } from "../schema/plain-object.js";
import { AwsClient, type Client, defaultClient } from "./aws/client.js";
import { Connection } from "./connection.js";
import { type DirectSession, deleteDirectly, loadDirectly, saveDirectly } from "./direct.js";
import { Announcer, makeEmitter, type SessionEmitter } from "./events.js";
import type { OneOrMany } from "./intake.js";
import { directReads } from "./read/direct-reads.js";
import type { ReadHost } from "./read/host.js";
import { type Query, startQuery } from "./read/query.js";
import { type Scan, startScan } from "./read/scan.js";
import { readTogether } from "./read-together.js";
import { Session } from "./session.js";
import type { SessionOptions } from "./session-options.js";
import type { SessionSettings } from "./session-parts.js";
import { runTransaction, type TransactionOptions } from "./transaction.js";

/** Settings that can be changed while the engine is in use, and that `context` overrides. */
export interface EngineConfig {
  /**
   * Whether saves and deletes of the direct style demand that every loaded attribute still is what it
   * was, and that a new item isn't there yet. Sessions guard with `"loaded"` then. Default `false`.
   */
  atomic: boolean;
  /** Whether reads are consistent where they can be, at twice the price. Default `false`. */
  consistent: boolean;
}

/** What `context` overrides. */
export interface ContextOptions extends Partial<EngineConfig> {
  /** How many requests are under way at once at most. */
  readonly concurrency?: number;
}

export interface EngineOptions extends Partial<EngineConfig> {
  /**
   * The client to send by, with its region, credentials, retries and middleware. Default: one as
   * the environment configures it, with a request timeout.
   */
  readonly client?: Client;
  /** How many requests are under way at once at most. Default 16. */
  readonly concurrency?: number;
  /** The name of a model's table as the service knows it, from the declared one. Default: the same. */
  readonly tableName?: (name: string) => string;
  /** Signs cursors, so that an API can give them to strangers. Default: they aren't signed. */
  readonly cursorSecret?: string;
  /**
   * Whether each answer is asked what it cost, for a client's middleware that counts it. Default:
   * only while somebody listens to `request` or `write`; pages are asked always.
   */
  readonly capacity?: boolean;
  /**
   * Who reads and writes the items in bodies. `"direct"`: the library; the SDK all the same where the
   * client has a middleware or a logger of yours. `"sdk"`: always the SDK, for code that wraps the
   * client's `send` and looks at items. Either way an answer whose checksum is another becomes no data.
   * Default `"direct"`.
   */
  readonly wire?: "direct" | "sdk";
}

export interface DirectOptions {
  readonly signal?: AbortSignal;
}

export interface DirectWriteOptions extends DirectOptions {
  /** Must hold of each item for its write to happen. */
  readonly condition?: Condition;
  /** Default: the engine's. */
  readonly atomic?: boolean;
}

export interface LoadOptions extends DirectOptions {
  /** Default: the engine's. */
  readonly consistent?: boolean;
}

export interface BindOptions extends DirectOptions {
  /** Whether missing tables are created. Default `true`; `false` only compares. */
  readonly create?: boolean;
}

/** What an engine shares with those that `context` makes of it. */
interface Shared {
  readonly connection: Connection;
  readonly events: SessionEmitter;
}

/**
 * Where models meet a client. It makes sessions, and offers bloop's direct style: load, save and
 * delete of instances that no session tracks. SQLAlchemy's `Engine` and `sessionmaker` in one.
 *
 * @example
 * const engine = new Engine({ client: new DynamoDBClient({}) });
 * await engine.bind(User, Post);
 */
export class Engine {
  /** The events of all its sessions. */
  readonly events: SessionEmitter;
  readonly config: EngineConfig;
  /** The client that requests are sent by, also for requests that the library doesn't make. */
  readonly client: Client;
  readonly #options: EngineOptions;
  readonly #connection: Connection;

  /** @throws {InvalidValue} INVALID_VALUE for a client that can't send, or a secret that is empty. */
  constructor(options: EngineOptions = {}, shared?: Shared) {
    assertSecret(options);
    assertClient(options.client);
    this.client = options.client ?? defaultClient();
    this.#options = { ...options, client: this.client };
    const { atomic = false, consistent = false, concurrency } = options;
    this.config = { atomic, consistent };
    this.events = shared?.events ?? makeEmitter();
    this.#connection =
      shared?.connection ??
      new Connection(new AwsClient(this.client, {}, options.wire), {
        concurrency,
        announcer: new Announcer([this.events]),
        asksCapacity: options.capacity,
      });
  }

  /** A session with the engine's settings, or its own. */
  session(options: SessionOptions = {}): Session {
    return new Session(this.#settings(), options);
  }

  /** The name of a model's table, as the service knows it. */
  tableName(model: AnyModel): string {
    return this.#tableName(infoOf(model));
  }

  /**
   * Creates the tables that are missing, compares those that exist, and waits until all are active.
   *
   * @throws {TableMismatch} TABLE_MISMATCH, with each difference, where a table lacks what its model needs.
   */
  async bind(...models: readonly [...(AnyModel | BindOptions)[]]): Promise<void> {
    const options = bindOptionsOf(models.at(-1));
    const infos = (options === undefined ? models : models.slice(0, -1)).map(infoOf);
    const tables = infos.map((info) => ({ table: info.table, tableName: this.#tableName(info) }));
    // Loaded when it is asked for: whoever answers requests by functions that start often seldom binds.
    const { bindTables } = await import("./tables/bind.js");
    await bindTables(this.#connection, tables, options ?? {});
  }

  /**
   * Saves instances of any models: new ones as a whole, loaded ones by what changed. What has no
   * condition travels in batches of 25.
   *
   * @throws {ConstraintViolation} CONSTRAINT_VIOLATION
   * @throws {FlushError} FLUSH_ERROR; `written` tells what was saved all the same.
   */
  async save(objects: OneOrMany<ModelInstance>, options: DirectWriteOptions = {}): Promise<void> {
    await saveDirectly(this.#session(options), objects, options);
  }

  /**
   * Fills instances from the table by their keys, several in calls of 100.
   *
   * @throws {MissingItems} MISSING_ITEMS with those that don't exist; the others are loaded.
   */
  async load(objects: OneOrMany<ModelInstance>, options: LoadOptions = {}): Promise<void> {
    await loadDirectly(this.#reading(), objects, options);
  }

  /**
   * Deletes items. Without a condition and without `atomic` whatever is there is deleted, in batches
   * of 25; a missing item is no error.
   *
   * @throws {ConstraintViolation} CONSTRAINT_VIOLATION
   */
  async delete(objects: OneOrMany<ModelInstance>, options: DirectWriteOptions = {}): Promise<void> {
    await deleteDirectly(this.#session(options), objects, options);
  }

  /** A query whose results no session tracks. */
  query<C extends Columns, H>(index: IndexRef<C, H>): Query<Row<C> & ModelInstance, C, never, H>;
  query<M extends AnyModel>(
    model: M,
  ): Query<InstanceType<M>, ColumnsOf<M>, IndexNamesOf<M>, HashName<ColumnsOf<M>>, IndexesOf<M>>;
  query(from: AnyModel | IndexRef): object {
    return startQuery(this.#reading(), from as AnyModel);
  }

  /** A scan whose results no session tracks. */
  scan<C extends Columns>(index: IndexRef<C>): Scan<Row<C> & ModelInstance, C, never>;
  scan<M extends AnyModel>(model: M): Scan<InstanceType<M>, ColumnsOf<M>, IndexNamesOf<M>>;
  scan(from: AnyModel | IndexRef): Scan<object, Columns, string> {
    return startScan(this.#reading(), from as AnyModel);
  }

  /**
   * An engine with other settings, over the same client and with the same listeners.
   *
   * @example await engine.context({ atomic: true }).delete(profile);
   */
  context(config: ContextOptions): Engine {
    const { concurrency } = config;
    const connection =
      concurrency === undefined ? this.#connection : this.#connection.derive({ concurrency });
    const options = { ...this.#options, ...this.config, ...config };
    return new Engine(options, { connection, events: this.events });
  }

  /**
   * Runs a function in a fresh session and commits that as one transaction; on a conflict runs it
   * again, in another session. Reads are consistent, and each update counts exactly once.
   *
   * @throws {ConstraintViolation} CONSTRAINT_VIOLATION when the last attempt met a conflict too.
   * @example
   * await engine.transaction(async (session) => {
   *   const account = await session.require(Account, { id });
   *   account.balance -= 10;
   * });
   */
  transaction<T>(
    work: (session: Session) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return runTransaction(this, work, options);
  }

  /**
   * Reads items of any models as they are at one moment, by `TransactGetItems`: 100 at most.
   * `undefined` where there is none; no session tracks them.
   *
   * @example const [user, post] = await engine.readTransaction([[User, { id }], [Post, { forum, id: post }]]);
   */
  async readTransaction<const M extends readonly AnyModel[]>(
    keys: { readonly [I in keyof M]: readonly [M[I], KeyOf<M[I]>] },
    options: DirectOptions = {},
  ): Promise<{ -readonly [I in keyof M]: InstanceType<M[I]> | undefined }> {
    const found = await readTogether(
      this.#connection,
      (info) => this.#tableName(info),
      keys as readonly (readonly [AnyModel, object])[],
      options,
    );
    return found as { -readonly [I in keyof M]: InstanceType<M[I]> | undefined };
  }

  /** For one call of the direct style: unguarded as bloop's, or on condition of all that was loaded. */
  #session({ atomic = this.config.atomic }: DirectWriteOptions): DirectSession {
    return { isAtomic: atomic, session: this.session({ atomic: atomic ? "loaded" : false }) };
  }

  #tableName({ table }: ModelInfo): string {
    return this.#options.tableName?.(table.tableName) ?? table.tableName;
  }

  #settings(): SessionSettings {
    return {
      connection: this.#connection,
      events: this.events,
      atomic: this.config.atomic ? "loaded" : "changed",
      isConsistent: this.config.consistent,
      cursorSecret: this.#options.cursorSecret,
      tableName: (info) => this.#tableName(info),
    };
  }

  #reading(): ReadHost {
    return directReads(this.#settings());
  }
}

/** Whatever can send will do: a client, one that wraps it, or a test double. */
function assertClient(client: unknown): void {
  if (client === undefined) return;
  if (typeof (client as { send?: unknown } | null)?.send === "function") return;
  throw new InvalidValue(
    `client must be a DynamoDBClient or a DynamoDBDocumentClient, not ${describeValue(client)}. ` +
      "Leave the option out for one as the environment configures it.",
    { model: "Engine", attribute: "client" },
  );
}

/** A secret that the environment lacks must not leave cursors unsigned without a word. */
function assertSecret(options: EngineOptions): void {
  const { cursorSecret } = options;
  if (!("cursorSecret" in options) || (typeof cursorSecret === "string" && cursorSecret !== "")) {
    return;
  }
  throw new InvalidValue(
    "cursorSecret must be a text that isn't empty: is the environment variable that holds it set? " +
      "Leave the option out for cursors that aren't signed.",
    { model: "Engine", attribute: "cursorSecret" },
  );
}

/** The last argument of `bind`, if it is its options: a misspelt one must not be taken for none. */
function bindOptionsOf(last: unknown): BindOptions | undefined {
  if (!isPlainObject(last)) return undefined;
  const unknown = Object.keys(last).find((name) => name !== "create" && name !== "signal");
  if (unknown === undefined) return last;
  throw new InvalidModel(
    `bind() takes models and the options create and signal, not ${describeValue(unknown)}.`,
    { model: "?" },
  );
}
