// npm run build: the package's code and types, in dist.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const require = createRequire(import.meta.url);
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const packageOf = (name) => dirname(require.resolve(`${name}/package.json`));

rmSync(dist, { recursive: true, force: true });
const tsc = join(packageOf("typescript"), "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
await joinFiles();
copyImmer();

/**
 * Puts the code of each entry together, and what entries share into files of their own: from as many
 * files as there are in src, Node takes three times as long to import it.
 */
async function joinFiles() {
  const bundle = await rolldown({
    input: Object.fromEntries(
      entries().map((path) => [path.replace(/\.js$/, ""), join(dist, path)]),
    ),
    // Packages, Node's modules and #immer are imported as they are.
    external: /^[^./]/,
    platform: "neutral",
  });
  const { output } = await bundle.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
  });
  await bundle.close();
  for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".js")) rmSync(join(dist, path));
  }
  for (const { fileName, code } of output) {
    mkdirSync(dirname(join(dist, fileName)), { recursive: true });
    writeFileSync(join(dist, fileName), code);
  }
}

/** The files that package.json names, below dist. */
function entries() {
  const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const paths = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
  return paths.filter((path) => path?.endsWith(".js")).map((path) => path.replace("./dist/", ""));
}

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
