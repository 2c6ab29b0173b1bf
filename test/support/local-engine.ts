export {
  type EngineKind,
  type LocalEngine,
  startLocal,
  startLocal as startEngine,
} from "../../src/testing/local-engine.js";
