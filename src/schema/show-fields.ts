/** How an object keeps another one for fields that few of its kind have. */
interface Keeping<T, F> {
  /** `undefined`: it has none of them so far. */
  find(self: T): F | undefined;
  make(self: T): F;
}

/**
 * Lets objects show the fields of another object as their own, which is made when one of them is set to
 * another value than it begins with. Of the many that have none of these fields, each takes one only.
 *
 * @param blank the fields as they are before one is set.
 */
export function showFields<T extends object, F extends object>(
  prototype: T,
  blank: F,
  { find, make }: Keeping<T, F>,
): void {
  for (const name of Object.keys(blank) as (keyof F)[]) {
    Object.defineProperty(prototype, name, {
      get(this: T) {
        return (find(this) ?? blank)[name];
      },
      set(this: T, value: F[typeof name]) {
        const fields = find(this);
        if (fields !== undefined) fields[name] = value;
        else if (value !== blank[name]) make(this)[name] = value;
      },
    });
  }
}
