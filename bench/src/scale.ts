import type { ContestantId } from "./contestants.js";
import type { Duration } from "./worker-protocol.js";

/** How much is measured. */
export interface Scale {
  readonly rounds: number;
  /**
   * How often each contestant is started anew, with a share of the rounds: which memory a process happens
   * to get makes a fifth of difference, as long as it lives.
   */
  readonly processes: number;
  readonly warmUp: Duration;
  readonly round: Duration;
  /** Who spends this long on one operation isn't measured further; who takes it for one call, once. */
  readonly patienceSeconds: number;
  /** For each task of the unit of work. */
  readonly unitOfWorkMilliseconds: number;
  readonly streamedItems: number;
  readonly coldRounds: number;
  takesPart(id: ContestantId): boolean;
}

export function chooseScale(isQuick: boolean, only: readonly string[]): Scale {
  const takesPart = (id: ContestantId) =>
    only.length === 0 || id === "document-client" || only.some((name) => id.startsWith(name));
  return isQuick
    ? {
        rounds: 5,
        processes: 1,
        warmUp: { milliseconds: 300 },
        round: { milliseconds: 40 },
        patienceSeconds: 4,
        unitOfWorkMilliseconds: 200,
        streamedItems: 100_000,
        coldRounds: 2,
        takesPart,
      }
    : {
        rounds: 9,
        processes: 3,
        warmUp: { milliseconds: 1_000 },
        round: { milliseconds: 250 },
        patienceSeconds: 6,
        unitOfWorkMilliseconds: 1_500,
        streamedItems: 1_000_000,
        coldRounds: 5,
        takesPart,
      };
}
