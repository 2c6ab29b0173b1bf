import { firstMessage, start } from "./worker-process.js";

export interface HttpEndpoint {
  readonly url: string;
  stop(): void;
}

export async function serveOverHttp(): Promise<HttpEndpoint> {
  const child = start("http-server.js");
  const [port] = await firstMessage(child, "the HTTP server");
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}
