import { type Entry, entriesOf, type Stack } from "./middleware-order.js";

/** As much of the SDK's clients as is used where bodies are read and written beside its own code. */
export interface OpenClient {
  readonly config: {
    readonly logger?: { readonly info?: unknown; readonly constructor: { readonly name: string } };
    readonly protocol?: { getShapeId?(): string };
    readonly streamCollector?: (stream: unknown) => Promise<Uint8Array>;
    readonly utf8Encoder?: (bytes: Uint8Array) => string;
    readonly base64Decoder?: (text: string) => Uint8Array;
    readonly base64Encoder?: (bytes: Uint8Array) => string;
  };
  readonly middlewareStack: Stack;
}

const serializer = "serializerMiddleware";
export const deserializer = "deserializerMiddleware";

/** What the SDK's own clients have. Any other middleware is the user's, and may look at inputs and outputs. */
const ownMiddleware: ReadonlySet<string> = new Set([
  "loggerMiddleware",
  serializer,
  "contentLengthMiddleware",
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
  "retryMiddleware",
  "httpAuthSchemeMiddleware",
  "httpSigningMiddleware",
  deserializer,
]);

/** What the names of recorders' middleware begin with: it looks at inputs, and at no answer's items. */
export const recorderName = "dynalchemyRecorder";

function looksAtItems(name: string | undefined): boolean {
  return name === undefined || !(ownMiddleware.has(name) || name.startsWith(recorderName));
}

/**
 * How much of a client's requests and answers the library may take over: nothing of a test double, of
 * a client of another protocol or of an older SDK; the bodies' bytes; or their items as well, where no
 * middleware and no logger of the user's may look at them. Asked for each request, since users may add
 * middleware at any time.
 */
export type Access = "none" | "bytes" | "items";

/** What a client lets be done at one request, and the middleware whose work is taken over. */
export type Opening =
  | { readonly access: "none" }
  | {
      readonly access: "bytes" | "items";
      readonly serializer: Entry;
      readonly deserializer: Entry;
    };

const closed: Opening = Object.freeze({ access: "none" });

/** `mayTakeItems`: whether the engine's options leave the items to the library where the client does. */
export function openingOf(client: unknown, mayTakeItems = true): Opening {
  const { config, middlewareStack } = client as OpenClient;
  if (config?.protocol?.getShapeId?.() !== "aws.protocols#awsJson1_0") return closed;
  if (middlewareStack === undefined) return closed;
  const found: { serializer?: Entry; deserializer?: Entry } = {};
  let isUnseen = mayTakeItems && isSilent(config.logger);
  for (const entry of entriesOf(middlewareStack)) {
    const { name } = entry;
    if (name === serializer) found.serializer = entry;
    else if (name === deserializer) found.deserializer = entry;
    else if (looksAtItems(name)) isUnseen = false;
  }
  if (found.serializer === undefined || found.deserializer === undefined) return closed;
  const access = isUnseen ? "items" : "bytes";
  return { access, serializer: found.serializer, deserializer: found.deserializer };
}

/** The default logger says nothing; it is known by its name, as the SDK itself does. */
function isSilent(logger: OpenClient["config"]["logger"]): boolean {
  return typeof logger?.info !== "function" || logger.constructor.name === "NoOpLogger";
}
