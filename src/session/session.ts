import type { Patch } from "immer";
import type { Condition } from "../expr/condition.js";
import { diffInstance } from "../model/diff-instance.js";
import type { IndexRef } from "../model/index-ref.js";
import { infoOf } from "../model/metadata.js";
import type {
  AnyModel,
  ColumnsOf,
  IndexesOf,
  IndexNamesOf,
  KeyOf,
  ModelInstance,
} from "../model/model.js";
import type { Columns } from "../schema/column.js";
import type { HashName, Row } from "../schema/infer.js";
import { keyOf } from "../schema/key.js";
import type { KeyParts, UpdateValues } from "./assignments.js";
import { ItemNotFound } from "./errors.js";
import type { SessionEmitter } from "./events.js";
import type { Plan } from "./flush/plan.js";
import { asList, type OneOrMany } from "./intake.js";
import { merge } from "./merge.js";
import { type EachOptions, type EachProgress, each } from "./read/each.js";
import { type Query, startQuery } from "./read/query.js";
import { type Scan, startScan } from "./read/scan.js";
import type { Search } from "./read/search.js";
import type {
  CommitOptions,
  FlushOptions,
  FlushResult,
  SessionOptions,
} from "./session-options.js";
import type { SessionSettings } from "./session-parts.js";
import { SessionParts } from "./session-parts.js";
import type { GetManyOptions, GetOptions } from "./session-reader.js";
import type { ObjectState } from "./tracked.js";
import type { WriteOptions } from "./tracking.js";

type Instance<M extends AnyModel> = InstanceType<M>;

/**
 * A unit of work over DynamoDB: it holds one object for each item, knows what each held when it was
 * loaded, and writes what changed in as few requests as are correct. SQLAlchemy's `Session`.
 *
 * Made by `engine.session()`, one for each request of a web app or each job. It keeps no connection;
 * `close()` lets its objects go.
 *
 * @example
 * await using session = engine.session();
 * const post = await session.require(Post, { forum, id });
 * post.views += 1;
 * await session.commit(); // UpdateItem SET views = 4 IF views = 3
 */
export class Session {
  readonly #parts: SessionParts;

  /** @internal */
  constructor(settings: SessionSettings, options: SessionOptions) {
    this.#parts = new SessionParts(this, settings, options);
  }

  /** This session's events; `engine.events` has those of all sessions. */
  get events(): SessionEmitter {
    return this.#parts.events;
  }

  /** The objects that the next flush inserts or replaces. */
  get new(): ReadonlySet<object> {
    return this.#parts.work.fresh;
  }

  /** The stored objects that the next flush changes, found by comparing each with its snapshot. */
  get dirty(): ReadonlySet<object> {
    return this.#parts.work.dirty;
  }

  /** The objects that the next flush deletes. */
  get deleted(): ReadonlySet<object> {
    return this.#parts.work.deleted;
  }

  get isClosed(): boolean {
    return this.#parts.isClosed;
  }

  /**
   * The object with this key, or `undefined`. One that is tracked comes without a request; gets made
   * in one turn of the event loop travel together.
   *
   * @throws {InvalidValue} INVALID_VALUE if the key's values don't fit.
   */
  async get<M extends AnyModel>(
    model: M,
    key: KeyOf<M>,
    options: GetOptions = {},
  ): Promise<Instance<M> | undefined> {
    this.#parts.assertOpen("get");
    const tracked = await this.#parts.reader.get(infoOf(model), key, options);
    return tracked?.entity as Instance<M> | undefined;
  }

  /**
   * The object with this key.
   *
   * @throws {ItemNotFound} ITEM_NOT_FOUND
   */
  async require<M extends AnyModel>(
    model: M,
    key: KeyOf<M>,
    options: GetOptions = {},
  ): Promise<Instance<M>> {
    const found = await this.get(model, key, options);
    if (found !== undefined) return found;
    const info = infoOf(model);
    throw new ItemNotFound(info.name, keyOf(info.table, key).values);
  }

  /** The objects with these keys, in the keys' order, `undefined` where there is none. */
  async getMany<M extends AnyModel>(
    model: M,
    keys: Iterable<KeyOf<M>>,
    options: GetManyOptions = {},
  ): Promise<(Instance<M> | undefined)[]> {
    this.#parts.assertOpen("getMany");
    const found = await this.#parts.reader.getMany(infoOf(model), keys, options);
    return found.map((tracked) => tracked?.entity as Instance<M> | undefined);
  }

  /**
   * Inserts new objects at the next flush, each on condition that no item has its key. Objects that
   * were loaded before and let go are tracked again. One delete-marked isn't deleted any more.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT where another object has the key; then none is added.
   */
  add(objects: OneOrMany<ModelInstance>, options: WriteOptions = {}): void {
    this.#parts.assertWritable("add");
    this.#parts.tracking.store("add", objects, options);
  }

  /**
   * Writes whole objects at the next flush, replacing whatever is there. Attributes of the stored
   * items that the model doesn't know are lost; changing a loaded object keeps them.
   */
  put(objects: OneOrMany<ModelInstance>, options: WriteOptions = {}): void {
    this.#parts.assertWritable("put");
    this.#parts.tracking.store("put", objects, options);
  }

  /**
   * Updates or creates items at the next flush: given values are set, defaults only where the
   * attribute is missing, everything else is left alone.
   */
  upsert(objects: OneOrMany<ModelInstance>, options: WriteOptions = {}): void {
    this.#parts.assertWritable("upsert");
    this.#parts.tracking.store("upsert", objects, options);
  }

  /**
   * Deletes objects at the next flush. A loaded object's delete is conditioned on everything that was
   * loaded; that of a `ref` on nothing. A pending object is only forgotten.
   */
  delete(objects: OneOrMany<ModelInstance>, options: WriteOptions = {}): void {
    this.#parts.assertWritable("delete");
    this.#parts.tracking.delete(objects, options);
  }

  /**
   * Changes attributes, by values or by updates that the table computes.
   *
   * @example session.update(post, { views: Post.views.plus(1) }); // ADD views 1, without a condition on views
   */
  update<T extends ModelInstance>(
    object: T,
    values: UpdateValues<T>,
    options: WriteOptions = {},
  ): void {
    this.#parts.assertWritable("update");
    this.#parts.tracking.update(object, values, options);
  }

  /**
   * Gives a stored object another key at the next flush. An item's key never changes, so that one
   * transaction puts an item with the new key, if there is none, and deletes the old one, if nobody
   * has changed it; attributes that the model doesn't know go along. The object has its new key at once;
   * a part of the key that isn't given stays.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT where another object of the session has the new key.
   * @throws {InvalidState} INVALID_STATE for an object that isn't stored, or isn't tracked.
   * @example session.move(post, { forum: "archive" });
   */
  move<T extends ModelInstance>(object: T, newKey: KeyParts<T>): void {
    this.#parts.assertWritable("move");
    this.#parts.tracking.move(object, newKey);
  }

  /**
   * Makes the next flush depend on an item that it doesn't write; it becomes a transaction.
   *
   * @example session.check(User, { id }, User.admin.eq(true));
   */
  check<M extends AnyModel>(model: M, key: KeyOf<M>, condition: Condition): void {
    this.#parts.assertWritable("check");
    this.#parts.tracking.check(model, key, condition, this.#parts.tableName(infoOf(model)));
  }

  /**
   * Brings the values of an object from outside onto the tracked one, which is loaded if need be, and
   * returns that. Of a new object, attributes that it was given no value for change nothing; of one
   * that was loaded, only its edits are brought. If there is no such item, a copy is added. SQLAlchemy's `merge`.
   */
  async merge<T extends ModelInstance>(copy: T): Promise<T> {
    this.#parts.assertWritable("merge");
    return (await merge(this.#parts, copy)) as T;
  }

  /**
   * Loads objects anew, with consistent reads made together; their edits are discarded.
   *
   * @throws {ItemNotFound} ITEM_NOT_FOUND for one that is gone; it is detached then.
   */
  refresh(
    objects: OneOrMany<ModelInstance>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#parts.refresh(asList(objects), options.signal);
  }

  /** Drops what is known of objects: reading an attribute throws until they are loaded again. */
  expire(objects: OneOrMany<ModelInstance>): void {
    this.#parts.assertOpen("expire");
    this.#parts.tracking.expire(objects);
  }

  /** Lets objects go, with their edits. */
  expunge(objects: OneOrMany<ModelInstance>): void {
    this.#parts.assertOpen("expunge");
    this.#parts.tracking.expunge(objects);
  }

  /** Whether the session tracks the object. */
  has(object: object): boolean {
    return this.#parts.find(object) !== undefined;
  }

  /** An object's changes since its snapshot, as immer patches; `path[0]` is the column. */
  changes(object: object): readonly Patch[] {
    const tracked = this.#parts.find(object);
    return tracked === undefined ? [] : diffInstance(tracked.state);
  }

  /** The state of an object as this session sees it. */
  state(object: object): ObjectState {
    return this.#parts.intake.objectState(this.#parts.intake.stateOf(object, "state"));
  }

  /** What a flush would send now: computed without a request. `String(plan)` is a table for people. */
  plan(options: FlushOptions = {}): Plan {
    this.#parts.assertOpen("plan");
    return this.#parts.plan(options);
  }

  /**
   * Writes what changed. Flushes queue behind one another.
   *
   * @throws {ConstraintViolation} CONSTRAINT_VIOLATION where unmet conditions are the only failures.
   * @throws {FlushError} FLUSH_ERROR for others. What wasn't written stays to be written.
   * @throws {ReentrantFlush} REENTRANT_FLUSH inside an event handler of the session.
   */
  async flush(options: FlushOptions = {}): Promise<FlushResult> {
    this.#parts.assertWritable("flush");
    return await this.#parts.queue.flush(options);
  }

  /**
   * Flushes until nothing is left, what listeners of `afterFlush` add included. Every acknowledged
   * write is final; only `{ transaction: true }` makes all of them one.
   *
   * @throws {ConstraintViolation} CONSTRAINT_VIOLATION where `onConflict` didn't resolve it.
   * @throws {FlushError} FLUSH_ERROR
   * @throws {TransactionTooLarge} TRANSACTION_TOO_LARGE
   */
  async commit(options: CommitOptions = {}): Promise<FlushResult> {
    this.#parts.assertWritable("commit");
    return await this.#parts.queue.commit(options);
  }

  /**
   * Forgets pending objects and deletes, and restores the others in place to their snapshots, after
   * any flush under way. It can't undo what a flush has written.
   */
  rollback(): Promise<void> {
    return this.#parts.rollback();
  }

  /**
   * Lets all objects go, after any flush under way. What wasn't flushed is dropped. `reason` is what
   * `SessionClosed` tells whoever comes too late; default: "the session is closed".
   */
  close(reason?: string): Promise<void> {
    return this.#parts.close(reason);
  }

  /** Refuses writes with this reason, while what streams a response goes on reading. @internal */
  seal(reason: string): void {
    this.#parts.seal(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A query of a table or an index; nothing is sent until it is iterated or asked for results. */
  query<C extends Columns, H>(index: IndexRef<C, H>): Query<Row<C> & ModelInstance, C, never, H>;
  query<M extends AnyModel>(
    model: M,
  ): Query<Instance<M>, ColumnsOf<M>, IndexNamesOf<M>, HashName<ColumnsOf<M>>, IndexesOf<M>>;
  query(from: AnyModel | IndexRef): object {
    return startQuery(this.#parts.reading, from as AnyModel);
  }

  /** A scan of a table or an index: it reads everything. */
  scan<C extends Columns>(index: IndexRef<C>): Scan<Row<C> & ModelInstance, C, never>;
  scan<M extends AnyModel>(model: M): Scan<Instance<M>, ColumnsOf<M>, IndexNamesOf<M>>;
  scan(from: AnyModel | IndexRef): Scan<object, Columns, string> {
    return startScan(this.#parts.reading, from as AnyModel);
  }

  /**
   * Works through a large result in chunks: load, change, flush, let go. A throw ends it: chunks that
   * were flushed stay written, and the changes of the one under way stay pending in the session.
   *
   * @throws {InvalidState} INVALID_STATE for objects that the session doesn't track.
   * @example await session.each(session.scan(Post), (post) => { post.views = 0; }, { commitEvery: 100 });
   */
  async each<T extends object, C extends Columns>(
    search: Search<T, C>,
    work: (object: T) => unknown,
    options: EachOptions = {},
  ): Promise<EachProgress> {
    this.#parts.assertWritable("each");
    return await each(this, this.#parts.reading, search, work, options);
  }
}
