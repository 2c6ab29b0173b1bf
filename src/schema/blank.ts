/**
 * A constructor of its own for each kind of object, so that the engine learns how many properties its
 * objects get and keeps them inside the objects: a fifth of the heap of a tracked item, by the bench.
 */
export function blankOf(prototype: object, properties: number): new () => object {
  const Blank = function Blank() {} as unknown as new () => object;
  Blank.prototype = prototype;
  Object.setPrototypeOf(Blank, roomFor(properties));
  return Blank;
}

const plainBlanks: (new () => object)[] = [];

/** A constructor of plain objects with so many properties, whatever their names: one for all of them. */
export function plainBlank(properties: number): new () => object {
  plainBlanks[properties] ??= blankOf(Object.prototype, properties);
  return plainBlanks[properties];
}

/**
 * What a constructor inherits from, for the engine to leave room in its objects: V8 counts what all
 * constructors in the chain assign, whether or not they run, and takes back what isn't used. Otherwise
 * it leaves room for ten properties, and makes a slow dictionary of an object with twelve more.
 */
export function roomFor(properties: number): object {
  let room: object = Function.prototype;
  for (let left = properties; left > 0; left -= roomOfOne) {
    // Without a name: a class that inherits from it is shown as one that extends nothing.
    room = Object.setPrototypeOf(function (this: Record<string, unknown>) {
      this.a = this.b = this.c = this.d = this.e = this.f = this.g = this.h = undefined;
    }, room) as object;
  }
  return room;
}

/** How many properties each of them assigns. */
const roomOfOne = 8;
