import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The package's entries, such as "dynalchemy", with the source file that each is built from. */
export function packagePaths(root: string): Map<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | { readonly default: string }>;
  };
  const paths = new Map<string, string>();
  for (const [entry, target] of Object.entries(exports)) {
    const built = typeof target === "string" ? target : target.default;
    if (!built.endsWith(".js")) continue;
    const source = built.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
    paths.set(join(name, entry), join(root, source));
  }
  return paths;
}
