interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly tell: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back when a signal gives up. However many requests wait for one signal, it has one listener:
 * from the eleventh on Node warns of a leak.
 *
 * @returns what calls it off.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? listenTo(signal);
  const { callbacks, tell } = waiting;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0 || waitingFor.get(signal) !== waiting) return;
    waitingFor.delete(signal);
    signal.removeEventListener("abort", tell);
  };
}

function listenTo(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const tell = () => {
    waitingFor.delete(signal);
    for (const callback of callbacks) callback();
  };
  signal.addEventListener("abort", tell, { once: true });
  const waiting = { callbacks, tell };
  waitingFor.set(signal, waiting);
  return waiting;
}
