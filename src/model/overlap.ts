import type { Patch } from "immer";

type Path = readonly (string | number)[];

/** Whether two changes touch a common place; a change of a list's length touches the whole list. */
export function overlaps(ours: readonly Patch[], theirs: readonly Patch[]): boolean {
  const places = theirs.map(placeOf);
  return ours.some((patch) => {
    const place = placeOf(patch);
    return places.some((other) => isPrefix(place, other) || isPrefix(other, place));
  });
}

function placeOf({ op, path }: Patch): Path {
  const isLengthChange = op !== "replace" && typeof path.at(-1) === "number";
  return isLengthChange ? path.slice(0, -1) : path;
}

function isPrefix(a: Path, b: Path): boolean {
  return a.length <= b.length && a.every((step, at) => step === b[at]);
}
