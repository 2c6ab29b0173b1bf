import type { ColumnSettings, Columns } from "./column.js";
import { assertKey, type Refuse } from "./declaration.js";
import { describeValue } from "./errors.js";
import { keyProblem } from "./key.js";
import type { ColumnSpec } from "./table.js";

/** The columns of a model with everything filled in that their declarations left open. */
export function declareColumns(refuse: Refuse, columns: Columns): readonly ColumnSpec[] {
  if (typeof columns !== "object" || columns === null) {
    refuse(undefined, "its columns are an object such as { id: t.uuid().hashKey() }");
  }
  const specs = Object.entries(columns).map(([name, column], position) => {
    const settings = column?.settings;
    if (settings === undefined) refuse(name, "a column is made by a type such as t.string()");
    return declareColumn(refuse, name, settings, position);
  });
  return Object.freeze(specs);
}

function declareColumn(
  refuse: Refuse,
  name: string,
  settings: ColumnSettings,
  position: number,
): ColumnSpec {
  const { type, role, isOptional, isTtl, isVersion, onUpdate, validators } = settings;
  const attribute = settings.attribute ?? name;
  if (typeof attribute !== "string" || attribute === "") {
    refuse(name, `an attribute can't be called ${describeValue(attribute)}: name it by .as("…")`);
  }
  const makeDefault = defaultOf(refuse, name, settings);
  const spec: ColumnSpec = Object.freeze({
    name,
    attribute,
    type,
    role,
    isOptional,
    makeDefault,
    onUpdate,
    validators,
    isTtl,
    isVersion,
    position,
  });
  if (name === "toJSON") {
    refuse(name, 'JSON.stringify would call it: give it another name and .as("toJSON")');
  }
  if (settings.mistake !== undefined) refuse(name, settings.mistake);
  if (role !== "none") {
    assertKey(refuse, spec, `a ${role} key`);
    if (isOptional) refuse(name, "a key can't be optional: take .optional() off");
    if (isVersion) refuse(name, "a version changes with each write, and a key can't");
    if (onUpdate !== undefined) refuse(name, "a key can't change: take .onUpdate() off");
    const { fixedDefault } = settings;
    const problem = fixedDefault && keyProblem(role, type.encode(fixedDefault.value));
    if (problem !== undefined) refuse(name, `its default is no key: ${problem}`);
  }
  if (isTtl && type.wire !== "N") {
    refuse(name, "a TTL is stored as a number of seconds: use t.timestamp()");
  }
  if (isVersion && (isOptional || isTtl || makeDefault !== undefined || onUpdate !== undefined)) {
    refuse(name, "a version is counted by the library: take the other modifiers off");
  }
  return spec;
}

/** A default that is the same for all is tried here, and not when the first instance is made. */
function defaultOf(
  refuse: Refuse,
  name: string,
  { type, fixedDefault, makeDefault }: ColumnSettings,
): (() => unknown) | undefined {
  if (fixedDefault === undefined) return makeDefault;
  const { value } = fixedDefault;
  try {
    type.encode(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    refuse(name, `its default can't be stored: ${reason}`);
  }
  if (type.isScalar) return () => value;
  // A copy, so that nobody changes it afterwards; and a copy of it for each instance.
  const kept = type.copy(value);
  return () => type.copy(kept);
}

/** By attribute name; no two columns have one. */
export function byAttributeOf(
  refuse: Refuse,
  specs: readonly ColumnSpec[],
): ReadonlyMap<string, ColumnSpec> {
  const found = new Map<string, ColumnSpec>();
  for (const spec of specs) {
    const other = found.get(spec.attribute);
    if (other !== undefined) {
      refuse(
        spec.name,
        `${other.name} is stored as ${describeValue(spec.attribute)} too: give one of them another name by .as("…")`,
      );
    }
    found.set(spec.attribute, spec);
  }
  return found;
}
