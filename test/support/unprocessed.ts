export { unprocessed } from "../../src/testing/unprocessed.js";
