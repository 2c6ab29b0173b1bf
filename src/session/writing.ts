import type { ConditionNode } from "../expr/nodes.js";
import type { Update } from "../expr/update.js";
import { showFields } from "../schema/show-fields.js";
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
 */
export abstract class WithWriting {
  /** How the whole object is to be written; `undefined`: only what changed. */
  declare intent: Intent | undefined;
  /** The caller's condition on the next write. */
  declare condition: ConditionNode | undefined;
  /** Update expressions that wait for the flush, by column. */
  declare assignments: Map<string, Update> | undefined;
  /** Where the object is to go. */
  declare move: Move | undefined;
  /** The delete-marked object whose key this pending one takes: both become one write. */
  declare supersedes: Tracked | undefined;
  /** Attributes that the model doesn't know, read for a put that stands for an update. */
  declare unknown: WireItem | undefined;
  /** What is left of a write with a lost answer when it doesn't seem to have landed. */
  declare doubt: Doubt | undefined;
  /** The caller's wish for this object, before that of the model and the session. */
  declare guard: Guard | undefined;
  /** Whether a write of it is under way, so that nobody knows yet whether it is stored. */
  declare isBeingWritten: boolean;
  /** The write whose outcome isn't known, with those that share its fate. */
  declare unresolved: Unresolved | undefined;
  /** When a write of this key was last acknowledged: rows read before are older. */
  declare acknowledged: ReadMark;
  #writing: Writing | undefined;

  static {
    showFields<WithWriting, Writing>(this.prototype, new Writing(), {
      find: (tracked) => tracked.#writing,
      make(tracked) {
        tracked.#writing = new Writing();
        tracked.noteWriting();
        return tracked.#writing;
      },
    });
  }

  /** Called once there is something to write but changes, or a write to be remembered. */
  protected abstract noteWriting(): void;

  /** Whether there is nothing to write but changes, and no write to be remembered. */
  get isPlain(): boolean {
    return this.#writing === undefined;
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
