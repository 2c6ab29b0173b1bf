/** The size of an item as DynamoDB counts it: names and values. AWS guide, "DynamoDB item sizes and formats". */
export function storedBytes(item: object): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return numberBytes(value);
  if (typeof value !== "object" || value === null) return 1;
  if (Array.isArray(value)) {
    return value.reduce((bytes: number, element) => bytes + 1 + valueBytes(element), 3);
  }
  return 3 + Object.keys(value).length + storedBytes(value);
}

/** Two digits in a byte, without zeros at either end, one for the exponent and one for a sign. */
function numberBytes(value: number): number {
  const digits = String(Math.abs(value))
    .replace(".", "")
    .replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (value < 0 ? 1 : 0);
}
