export { Exchange, type JsonObject } from "../../src/testing/exchange.js";
