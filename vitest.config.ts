import { defineConfig } from "vitest/config";

const withoutEngine = ["test/unit/**/*.test.ts", "test/architecture.test.ts"];

export default defineConfig({
  // The docs and the smoke test say "dynalchemy", as a reader's program would.
  resolve: {
    alias: [
      { find: /^dynalchemy$/, replacement: new URL("./src/index.ts", import.meta.url).pathname },
    ],
  },
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Says nothing of the library's: the SDK will leave Node 20 behind in 2027.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    retry: process.env["CI"] ? 1 : 0,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: withoutEngine },
      },
      {
        extends: true,
        test: {
          name: "local",
          include: ["test/**/*.test.ts"],
          exclude: [...withoutEngine, "node_modules/**"],
          globalSetup: "test/support/global-setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: "tsc",
            include: ["test/types/**/*.test-d.ts"],
            tsconfig: "test/types/tsconfig.json",
          },
        },
      },
    ],
  },
});
