import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build, type Plugin } from "esbuild";

/** What every runtime of the web has; a runtime on the edge may have no more. */
const webGlobals = [
  "AbortController",
  "AbortSignal",
  "Blob",
  "DOMException",
  "Event",
  "EventTarget",
  "Headers",
  "ReadableStream",
  "Request",
  "Response",
  "TextDecoder",
  "TextEncoder",
  "TransformStream",
  "URL",
  "URLSearchParams",
  "WritableStream",
  "atob",
  "btoa",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "performance",
  "queueMicrotask",
  "setTimeout",
  "structuredClone",
  // The language's, but those of the outer realm: what TextEncoder and fetch give is theirs.
  "ArrayBuffer",
  "Uint8Array",
] as const;

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The source as it would be bundled: the build copies immer's production code for it. */
export function bundleSourceForEdge(): Promise<EdgeBundle> {
  return bundleForEdge("./src/index.ts", root, [withoutNode]);
}

/** What package.json's \`#immer\` is without the condition "node", before there is a build. */
export const withoutNode: Plugin = {
  name: "without-node",
  setup(build) {
    const path = join(dirname(require.resolve("immer/package.json")), "dist/immer.production.mjs");
    build.onResolve({ filter: /^#immer$/ }, () => ({ path, sideEffects: false }));
  },
};

export interface EdgeBundle {
  /** The library and its dependencies, bundled for no platform in particular. */
  readonly library: string;
  /** That and the SDK's build for browsers, as a script that sets `bundled`. */
  readonly script: string;
}

/** Bundles what `entry` names, as seen from `resolveDir`, as a developer for the edge would. */
export async function bundleForEdge(
  entry: string,
  resolveDir: string,
  plugins: Plugin[] = [],
): Promise<EdgeBundle> {
  const common = { bundle: true, target: "es2022", write: false, logLevel: "silent" } as const;
  const neutral = await build({
    ...common,
    stdin: { contents: `export * from ${JSON.stringify(entry)};`, resolveDir },
    platform: "neutral",
    mainFields: ["module", "main"],
    format: "esm",
    external: ["@aws-sdk/*"],
    plugins,
  });
  const library = neutral.outputFiles[0]?.text ?? "";
  const sdk = `export { DynamoDBClient } from "@aws-sdk/client-dynamodb";`;
  const whole = await build({
    ...common,
    stdin: { contents: `${library}\n${sdk}`, resolveDir },
    platform: "browser",
    // What the SDK needs of a bundler must not hide what the library needs of it.
    define: { "process.env.NODE_ENV": "process.env.NODE_ENV" },
    format: "iife",
    globalName: "bundled",
  });
  return { library, script: whole.outputFiles[0]?.text ?? "" };
}

/** A runtime with the globals of the web alone: no `process`, no `Buffer`, no `require`. */
export class EdgeRuntime {
  readonly #context = createContext(
    Object.fromEntries(webGlobals.map((name) => [name, globalThis[name]])),
  );

  constructor({ script }: EdgeBundle) {
    runInContext(script, this.#context);
  }

  /** Runs the body of an async function that may use `bundled`; its result goes by JSON. */
  async run(body: string): Promise<unknown> {
    const json = (await runInContext(
      `(async () => { ${body} })().then(JSON.stringify)`,
      this.#context,
    )) as string;
    return JSON.parse(json);
  }
}

/** Reads and writes through a session, nested changes among them; returns what a query then finds. */
export function roundTripOnEdge(endpoint: string, tableName: string): string {
  return `
    const { DynamoDBClient, Engine, globalIndex, model, t } = bundled;
    const Post = model("Post", {
      id: t.string().hashKey(),
      user: t.string(),
      views: t.integer().default(0),
      seen: t.datetime(),
      picture: t.binary(),
      links: t.list(t.string()),
      meta: t.map({ lang: t.string() }),
    }, { tableName: ${JSON.stringify(tableName)}, indexes: { byUser: globalIndex({ hashKey: "user" }) } });
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new DynamoDBClient({
      endpoint: ${JSON.stringify(endpoint)}, region: "us-east-1", credentials });
    const engine = new Engine({ client });
    await engine.bind(Post);
    const session = engine.session();
    session.add(new Post({
      id: "a", user: "ann", seen: new Date(0), picture: new Uint8Array([1, 2, 255]), links: ["x"],
      meta: { lang: "en" } }));
    await session.commit();
    const post = await engine.session().require(Post, { id: "a" });
    const other = engine.session();
    const theirs = await other.require(Post, { id: "a" });
    theirs.links.push("z");
    theirs.meta.lang = "de";
    other.update(theirs, { views: Post.views.plus(2) });
    await other.commit();
    await other.commit();
    return { before: post, changed: theirs, found: await engine.query(Post.byUser).key({ user: "ann" }).all() };
  `;
}
