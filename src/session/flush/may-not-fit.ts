import type { ModelInfo } from "../../model/metadata.js";

/** So many attributes fit in one update in any case: `#n255 = :v255, ` for each makes less than 4 KB. */
export const surelyFitting = 256;

/** Whether the model has so many columns that an update of all might be too large for an expression. */
export function mayNotFit({ slots }: ModelInfo): boolean {
  return slots.length > surelyFitting;
}
