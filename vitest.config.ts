import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { packagePaths } from "./test/docs/package-paths.js";

const root = fileURLToPath(new URL(".", import.meta.url));

const withoutEngine = ["test/unit/**/*.test.ts", "test/architecture.test.ts"];

export default defineConfig({
  // Tests and their programs may say "dynalchemy", as a user would.
  resolve: {
    alias: [...packagePaths(root)].map(([name, replacement]) => ({
      find: new RegExp(`^${name}$`),
      replacement,
    })),
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
