import { InvalidState } from "../../model/errors.js";
import { hydrate } from "../../model/hydrate.js";
import type { SessionSettings } from "../session-parts.js";
import { isPastTtl } from "./expired.js";
import type { ReadHost } from "./host.js";

/** Reads outside of any session, in the direct style: their instances are tracked by nobody. */
export function directReads(settings: SessionSettings): ReadHost {
  return {
    connection: settings.connection,
    isConsistent: settings.isConsistent,
    cursorSecret: settings.cursorSecret,
    tableName: (info) => settings.tableName(info),
    assertOpen: () => undefined,
    mark: () => 0,
    addBulk({ statement: { action } }) {
      throw new InvalidState(
        `Can't ${action} what a query of the engine finds: it waits for a flush, and only sessions flush. ` +
          "Say it on a query of engine.session(), and commit that.",
        { operation: action, state: "no session" },
      );
    },
    hasExpired: () => false,
    statusOf: () => undefined,
    absorb: (info, item, { requested, includeExpired }) =>
      !includeExpired && isPastTtl(info, item)
        ? undefined
        : hydrate(info, item, requested).instance,
  };
}
