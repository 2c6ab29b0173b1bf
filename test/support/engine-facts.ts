import { describe, inject, it } from "vitest";

/** What dynalite lacks, by the short name that tests use. */
export const missingFromDynalite = {
  transactions: "dynalite has no transactions",
  currentItem: "dynalite returns no current item of a failed condition",
  ttl: "dynalite has no TTL",
  protoNames: "dynalite refuses members called __proto__",
  documentEquality: "dynalite compares no lists and maps by what is in them",
  itemCount: "dynalite doesn't count a table's items",
  beyondLocalIndex: "dynalite selects nothing that a local index lacks",
} as const;

export type Ability = keyof typeof missingFromDynalite;

/** Whether the run's engine can do this; an engine at DYNAMODB_ENDPOINT is taken to do all. */
export function engineHas(ability: Ability): boolean {
  return inject("engine").kind !== "dynalite" || !(ability in missingFromDynalite);
}

function lacking(needs: readonly Ability[]): string {
  return needs.flatMap((need) => (engineHas(need) ? [] : [missingFromDynalite[need]])).join("; ");
}

/**
 * A suite that needs DynamoDB Local or the service. Elsewhere it is reported as skipped, with the
 * reason in its title.
 */
export function describeOnLocal(
  title: string,
  body: () => void,
  needs: readonly Ability[] = ["transactions", "currentItem"],
): void {
  const reason = lacking(needs);
  if (reason) describe.skip(`${title} [skipped: ${reason}]`, body);
  else describe(title, body);
}

/** As `describeOnLocal`, for one test. */
export function itOnLocal(
  title: string,
  body: () => void | Promise<void>,
  needs: readonly Ability[] = ["transactions", "currentItem"],
): void {
  const reason = lacking(needs);
  if (reason) it.skip(`${title} [skipped: ${reason}]`, body);
  else it(title, body);
}
