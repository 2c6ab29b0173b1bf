import type { AttributeType } from "../../../src/schema/attribute-type.js";
import type { AnyColumn, ValueOf } from "../../../src/schema/column.js";

/** The type of a column, which knows its values. */
export function typeOf<C extends AnyColumn>(column: C): AttributeType<ValueOf<C>> {
  return column.settings.type as AttributeType<ValueOf<C>>;
}
