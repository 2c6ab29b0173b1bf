/**
 * What wraps handlers is easily taken for a handler itself. It would be called with a request, and what it
 * then returns is no answer: the request hangs, or its messages are taken for done.
 *
 * @throws {TypeError} which says how it is used.
 */
export function assertHandler(handler: unknown, usage: string): void {
  if (typeof handler === "function") return;
  throw new TypeError(`Expected a handler to wrap: ${usage}.`);
}
