/** The signs of JSON by their codes. */
export const sign = Object.freeze({
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  openMap: 0x7b,
  closeMap: 0x7d,
});

/**
 * What a scan throws where the text isn't as expected. One for all, and never seen by users: whoever
 * began the scan reads that part, or the whole, by `JSON.parse`.
 */
export const unexpected = new Error("Unexpected text in an answer.");

/** Whether a number of JSON may have it: digits, "+", "-", ".", "E" and "e". */
export function isOfNumber(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e ||
    (code | 0x20) === 0x65
  );
}
