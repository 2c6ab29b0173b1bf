// npm run build: the package's code and types, in dist.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const packageOf = (name) => dirname(require.resolve(`${name}/package.json`));

rmSync(dist, { recursive: true, force: true });
const tsc = join(packageOf("typescript"), "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
copyImmer();

/**
 * immer reads `process.env.NODE_ENV`, which runtimes that aren't Node may not have; its production build
 * doesn't, but immer exports no way to it. So a copy of that build comes along for them: see `#immer`
 * in package.json. On Node it is immer itself, shared with everything else that uses it.
 */
function copyImmer() {
  const immer = packageOf("immer");
  const folder = join(root, "dist/immer");
  mkdirSync(folder);
  const code = readFileSync(join(immer, "dist/immer.production.mjs"), "utf8");
  if (/\bprocess\b/.test(code)) throw new Error("immer's production build asks for process");
  writeFileSync(join(folder, "immer.mjs"), code.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  writeFileSync(join(folder, "LICENSE"), readFileSync(join(immer, "LICENSE")));
}
