import type { Key } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
import type { Connection } from "./connection.js";
import { isTokenKnown } from "./flush/attempt.js";
import type { Change } from "./flush/change.js";
import { guardOf } from "./flush/conditions.js";
import type { Look } from "./flush/landed.js";
import type { Planned } from "./flush/planned.js";
import { mayBeReplaced } from "./flush/replace.js";
import { type Ledger, settleUnwritten, settleWritten } from "./flush/settle.js";
import { type Report, writeTransaction } from "./flush/transaction-writer.js";
import {
  counts,
  type Doubt,
  doubtOf,
  fateOf,
  type Unresolved,
  unresolvedIn,
} from "./flush/uncertain.js";
import { prepareMove, unknownIn } from "./move.js";
import { wantedItem } from "./read/batch-get.js";
import { type Loader, loadWire } from "./read/loader.js";
import type { Guard, Tracked } from "./tracked.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What finding out needs of its session. */
export interface ClarifierHost {
  readonly work: UnitOfWork;
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly loader: Loader;
  readonly atomic: Guard;
  mark(): number;
}

/** How to read what must not be older than this moment. */
const fresh = { isConsistent: true, isFresh: true } as const;

/** Finds out what the session doesn't know and must: what became of writes whose answer was lost, and what is carried along unseen. */
export class Clarifier {
  readonly #host: ClarifierHost;

  constructor(host: ClarifierHost) {
    this.#host = host;
  }

  /** Finds out what a flush must know: what became of writes whose answer was lost, and what goes along as it is stored. */
  async prepare(signal: AbortSignal | undefined, onWrite: (report: Report) => void): Promise<void> {
    const groups = unresolvedIn(this.#host.work.identities);
    const unprepared = this.#unprepared();
    if (groups.length === 0 && unprepared.length === 0) return;
    await Promise.all([
      ...groups.map((group) => this.#askAgain(group, signal, onWrite)),
      ...unprepared.map(async (tracked) => {
        const { state, tableName } = tracked;
        const options = { isConsistent: true, signal };
        const wanted = wantedItem(state.info, tableName, state.key as Key);
        const item = await loadWire(this.#host.loader, wanted, options);
        if (tracked.move !== undefined) prepareMove(tracked, item);
        else tracked.unknown = unknownIn(state, item);
      }),
    ]);
  }

  /** Whether nothing was asked of the session since that takes another `prepare`. */
  get isPrepared(): boolean {
    return this.#unprepared().length === 0;
  }

  /** Objects that are written as a whole, with attributes that aren't known yet. */
  #unprepared(): Tracked[] {
    const found: Tracked[] = [];
    this.#host.work.identities.noted.forEach((tracked) => {
      const { unresolved, move } = tracked;
      if (unresolved !== undefined) return;
      const isKnown =
        move === undefined ? tracked.unknown !== undefined : move.unknown !== undefined;
      if (isKnown) return;
      const guard = guardOf(tracked, this.#host.atomic);
      if (move !== undefined || mayBeReplaced(tracked, guard)) found.push(tracked);
    });
    return found;
  }

  /** Finds out what became of writes that share one fate; `found` takes the items that were read for it. */
  async resolve(
    group: Unresolved,
    signal: AbortSignal | undefined,
    found?: Map<Tracked, WireItem | undefined>,
  ): Promise<void> {
    const items = new Map<Change, WireItem | undefined>();
    await Promise.all(
      group.planned.map(async ({ change }) => {
        const { info, tableName, key } = change;
        const wanted = wantedItem(info, tableName, key);
        items.set(change, await loadWire(this.#host.loader, wanted, { ...fresh, signal }));
      }),
    );
    const fate = fateOf(group, (change) => items.get(change));
    for (const { change } of openIn(group)) {
      if (change.tracked !== undefined) found?.set(change.tracked, items.get(change));
    }
    this.#settle(
      group,
      fate,
      (change) => items.get(change),
      (change) => doubtOf(change, group),
    );
  }

  /** A transaction that counts: its token tells what no read does, as long as the service knows it. */
  async #askAgain(
    group: Unresolved,
    signal: AbortSignal | undefined,
    onWrite: (report: Report) => void,
  ): Promise<void> {
    const { planned, attempt } = group;
    const changes = planned.map(({ change }) => change);
    if (attempt === undefined || !isTokenKnown(attempt) || !changes.some(counts)) {
      return this.resolve(group, signal);
    }
    const sending = { connection: this.#host.connection, signal, token: undefined, onWrite };
    const outcomes = await writeTransaction(
      { kind: "transaction", changes, actions: attempt.actions },
      sending,
      attempt,
    );
    const isUnmet = outcomes.some((each) => each.status === "failed" && each.isUnmet === true);
    const isWritten = outcomes.every(({ status }) => status === "applied");
    const fate = isWritten ? "landed" : isUnmet ? "notLanded" : "untold";
    this.#settle(
      group,
      fate,
      () => undefined,
      () => undefined,
    );
  }

  #settle(
    group: Unresolved,
    fate: Look,
    itemOf: (change: Change) => WireItem | undefined,
    doubtFor: (change: Change) => Doubt | undefined,
  ): void {
    if (fate === "untold") return;
    const { ledger } = this.#host;
    const open = openIn(group);
    for (const { change } of open) {
      const { tracked } = change;
      if (tracked === undefined) continue;
      tracked.status = group.before.get(tracked) ?? "persistent";
      tracked.unresolved = undefined;
    }
    for (const planned of open) {
      const { change } = planned;
      if (fate === "landed") {
        settleWritten(planned, itemOf(change), ledger, this.#host.mark());
        continue;
      }
      settleUnwritten(planned, ledger);
      if (change.tracked !== undefined) change.tracked.doubt = doubtFor(change);
    }
  }
}

/** Refreshed, rolled back or let go in the meantime, an object has no question left. */
function openIn(group: Unresolved): Planned[] {
  return group.planned.filter(
    ({ change: { tracked } }) => tracked === undefined || tracked.unresolved === group,
  );
}
