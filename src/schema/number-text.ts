/** A decimal number as digits and a power of ten: `-12.50` is −125 × 10^−1. */
interface Parsed {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** The power of ten of the last digit. */
  readonly exponent: number;
}

const pattern =
  /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$|^([+-]?)\.(\d+)(?:[eE]([+-]?\d{1,6}))?$/;

const zero = 0x30;

function parse(text: string): Parsed | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? "";
  const fraction = match[3] ?? match[6] ?? "";
  const all = whole + fraction;
  // Loops, since a pattern for zeros at the end takes quadratic time over long runs of them.
  let end = all.length;
  while (end > 0 && all.charCodeAt(end - 1) === zero) end -= 1;
  let start = 0;
  while (start < end && all.charCodeAt(start) === zero) start += 1;
  if (start === end) return { isNegative: false, digits: "", exponent: 0 };
  const exponent = Number(match[4] ?? match[7] ?? 0) - fraction.length + (all.length - end);
  return {
    isNegative: (match[1] ?? match[5]) === "-",
    digits: all.slice(start, end),
    exponent,
  };
}

/**
 * The one text for all ways to write a number: `1.0`, `1` and `10e-1` are `1`. Plain digits where
 * they are short, else an exponent, both of which DynamoDB takes. Text that is no number comes back
 * as it is.
 */
export function canonicalNumber(text: string): string {
  const parsed = parse(text);
  if (parsed === undefined) return text;
  const { isNegative, digits, exponent } = parsed;
  if (digits === "") return "0";
  const sign = isNegative ? "-" : "";
  const magnitude = digits.length + exponent;
  if (exponent >= 0 && magnitude <= 40) return sign + digits + "0".repeat(exponent);
  if (exponent < 0 && magnitude > 0) {
    return `${sign}${digits.slice(0, magnitude)}.${digits.slice(magnitude)}`;
  }
  if (exponent < 0 && magnitude > -40) return `${sign}0.${"0".repeat(-magnitude)}${digits}`;
  return `${sign}${digits}E${exponent}`;
}

/**
 * What keeps DynamoDB from storing a number; `undefined` if nothing does: at most 38 digits, up to
 * 9.99…E+125 and down to 1E-130. Source: AWS guide, "Data types: number".
 */
export function numberProblem(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return "isn't a decimal number";
  if (parsed.digits === "") return undefined;
  if (parsed.digits.length > 38) return `has ${parsed.digits.length} digits, and 38 are stored`;
  const magnitude = parsed.digits.length + parsed.exponent - 1;
  if (magnitude > 125) return "is larger than 9.99E+125";
  if (magnitude < -130) return "is smaller than 1E-130";
  return undefined;
}

/** The same number with the other sign. */
export function negated(text: string): string {
  const canonical = canonicalNumber(text);
  if (canonical === "0") return canonical;
  return canonical.startsWith("-") ? canonical.slice(1) : `-${canonical}`;
}
