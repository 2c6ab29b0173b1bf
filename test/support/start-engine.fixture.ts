// Starts an engine, says where, and never stops it.
import { startEngine } from "./local-engine.js";

const { endpoint } = await startEngine();
console.log(JSON.stringify({ endpoint }));
if (process.env["END"] !== "exit") setInterval(() => {}, 1_000);
