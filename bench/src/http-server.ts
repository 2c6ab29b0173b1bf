import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Answers } from "./answers.js";
import type { Size } from "./items.js";

/**
 * The prepared answers behind a local HTTP server, in a process of its own, so that its work doesn't
 * count as the client's. The first part of the path says which items it holds.
 */
const answers = new Map<string | undefined, Answers>(
  (["small", "large"] satisfies Size[]).map((size) => [size, new Answers(size)]),
);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const prepared = answers.get(request.url?.split("/")[1]);
    if (prepared === undefined) throw new Error(`Nothing is prepared for ${request.url}.`);
    const target = String(request.headers["x-amz-target"]);
    const { body, headers } = prepared.answer(target, () => Buffer.concat(chunks).toString());
    response.writeHead(200, headers).end(body);
  });
});

server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
