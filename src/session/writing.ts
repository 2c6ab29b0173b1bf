import type { ConditionNode } from "../expr/nodes.js";
import type { Update } from "../expr/update.js";
import type { WireItem } from "../schema/wire.js";
import type { Doubt, Unresolved } from "./flush/uncertain.js";
import type { ReadMark } from "./read/host.js";
import type { Guard, Intent, Move, Tracked } from "./tracked.js";

/** What the next flush is to do with an object beyond writing what changed, and what its writes left. */
class Writing {
  intent: Intent | undefined = undefined;
  condition: ConditionNode | undefined = undefined;
  assignments: Map<string, Update> | undefined = undefined;
  move: Move | undefined = undefined;
  supersedes: Tracked | undefined = undefined;
  unknown: WireItem | undefined = undefined;
  doubt: Doubt | undefined = undefined;
  guard: Guard | undefined = undefined;
  isBeingWritten = false;
  unresolved: Unresolved | undefined = undefined;
  acknowledged: ReadMark = 0;
}

/**
 * What is kept of an object's writes. At any time most objects of a session were loaded and no more:
 * for those it takes one field in place of eleven, as the bench's memory for a tracked item shows.
 *
 * Accessor by accessor: by one rule for all, as `WithParticulars` has it, each access takes ten times as long,
 * and a flush makes dozens for each object that it writes.
 */
export abstract class WithWriting {
  #writing: Writing | undefined;

  // A private method of the language would take a field of its own in each object.
  protected get kept(): Writing {
    if (this.#writing === undefined) {
      this.#writing = new Writing();
      this.noteWriting();
    }
    return this.#writing;
  }

  /** Called once there is something to write but changes, or a write to be remembered. */
  protected abstract noteWriting(): void;

  /** Whether there is nothing to write but changes, and no write to be remembered. */
  get isPlain(): boolean {
    return this.#writing === undefined;
  }

  /** How the whole object is to be written; `undefined`: only what changed. */
  get intent(): Intent | undefined {
    return this.#writing?.intent;
  }

  set intent(intent: Intent | undefined) {
    if (intent !== this.intent) this.kept.intent = intent;
  }

  /** The caller's condition on the next write. */
  get condition(): ConditionNode | undefined {
    return this.#writing?.condition;
  }

  set condition(condition: ConditionNode | undefined) {
    if (condition !== this.condition) this.kept.condition = condition;
  }

  /** Update expressions that wait for the flush, by column. */
  get assignments(): Map<string, Update> | undefined {
    return this.#writing?.assignments;
  }

  set assignments(assignments: Map<string, Update> | undefined) {
    if (assignments !== this.assignments) this.kept.assignments = assignments;
  }

  /** Where the object is to go. */
  get move(): Move | undefined {
    return this.#writing?.move;
  }

  set move(move: Move | undefined) {
    if (move !== this.move) this.kept.move = move;
  }

  /** The delete-marked object whose key this pending one takes: both become one write. */
  get supersedes(): Tracked | undefined {
    return this.#writing?.supersedes;
  }

  set supersedes(supersedes: Tracked | undefined) {
    if (supersedes !== this.supersedes) this.kept.supersedes = supersedes;
  }

  /** Attributes that the model doesn't know, read for a put that stands for an update. */
  get unknown(): WireItem | undefined {
    return this.#writing?.unknown;
  }

  set unknown(unknown: WireItem | undefined) {
    if (unknown !== this.unknown) this.kept.unknown = unknown;
  }

  /** What is left of a write with a lost answer when it doesn't seem to have landed. */
  get doubt(): Doubt | undefined {
    return this.#writing?.doubt;
  }

  set doubt(doubt: Doubt | undefined) {
    if (doubt !== this.doubt) this.kept.doubt = doubt;
  }

  /** The caller's wish for this object, before that of the model and the session. */
  get guard(): Guard | undefined {
    return this.#writing?.guard;
  }

  set guard(guard: Guard | undefined) {
    if (guard !== this.guard) this.kept.guard = guard;
  }

  /** Whether a write of it is under way, so that nobody knows yet whether it is stored. */
  get isBeingWritten(): boolean {
    return this.#writing?.isBeingWritten ?? false;
  }

  set isBeingWritten(isBeingWritten: boolean) {
    if (isBeingWritten !== this.isBeingWritten) this.kept.isBeingWritten = isBeingWritten;
  }

  /** The write whose outcome isn't known, with those that share its fate. */
  get unresolved(): Unresolved | undefined {
    return this.#writing?.unresolved;
  }

  set unresolved(unresolved: Unresolved | undefined) {
    if (unresolved !== this.unresolved) this.kept.unresolved = unresolved;
  }

  /** When a write of this key was last acknowledged: rows read before are older. */
  get acknowledged(): ReadMark {
    return this.#writing?.acknowledged ?? 0;
  }

  set acknowledged(acknowledged: ReadMark) {
    if (acknowledged !== this.acknowledged) this.kept.acknowledged = acknowledged;
  }

  /** Forgets what the next flush was to do. */
  clearIntentions(): void {
    if (this.#writing === undefined) return;
    const { guard, isBeingWritten, unresolved, acknowledged } = this.#writing;
    this.#writing = Object.assign(new Writing(), {
      guard,
      isBeingWritten,
      unresolved,
      acknowledged,
    });
  }
}
