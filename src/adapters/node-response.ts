import type { ServerResponse } from "node:http";

/** What becomes of a response. */
export interface ResponseEnd {
  /** Aborts when the client goes away before the whole response has left. */
  readonly signal: AbortSignal;
  /** Resolves when the response has left, or can't any more. */
  readonly ended: Promise<void>;
}

/** Follows a response of Node's to its end. */
export function followResponse(response: ServerResponse): ResponseEnd {
  const controller = new AbortController();
  const ended = new Promise<void>((resolve) => {
    response.once("finish", resolve);
    response.once("close", () => {
      if (!response.writableFinished) controller.abort(new Error("The client has disconnected"));
      resolve();
    });
  });
  return { signal: controller.signal, ended };
}
