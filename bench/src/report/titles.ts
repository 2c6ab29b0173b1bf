import type { Comparison } from "../comparison.js";

export function comparisonTitle({ size, transport }: Comparison): string {
  const items = size === "large" ? "1 KB items" : "Small items";
  return transport === "none"
    ? `${items}, client CPU only: µs for one item ± spread (ratio to the DocumentClient)`
    : `${items}, over HTTP: µs for one item ± spread (ratio to the DocumentClient)`;
}
