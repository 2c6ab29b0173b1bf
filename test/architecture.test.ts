import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { packagePaths } from "./docs/package-paths.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** A layer may import itself and what stands before it. */
const layers = [
  "schema",
  "expr",
  "model",
  "session",
  "debug",
  "context",
  "adapters",
  "testing",
  "cli",
];
const publicSurface = "index.ts";
/** The one file that may import `node:async_hooks`: request scopes need AsyncLocalStorage. */
const scopeFile = "context/scope.ts";
/** What runs on Node alone, and is no part of the main entry. */
const nodeFolders = ["testing/", "cli/"];
/** Each adapter knows one framework, and only its types. */
const frameworks = new Map([
  ["adapters/express.ts", ["express"]],
  ["adapters/fastify.ts", ["fastify"]],
  ["adapters/hono.ts", ["hono"]],
]);
const awsFolder = "session/aws/";
const awsFiles = new Set(["schema/number-value.ts", "testing/tables.ts"]);
/** Longer than this, a file holds a second concept. */
const maxLines = 350;

interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
}

interface SourceFile {
  /** Below src, with "/" between. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, strings blanked out. */
  readonly code: string;
  readonly imports: readonly Import[];
}

function importsOf(text: string): Import[] {
  const statement =
    /^(?:import|export)\s+(type\s)?([^;"']*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gms;
  return [...text.matchAll(statement)].map((match) => ({
    from: match[3] ?? match[4] ?? "",
    isTypeOnly: match[1] !== undefined || allInlineTypes(match[2]),
  }));
}

/** `import { type A, type B } from` brings nothing at run time that the linker could not drop. */
function allInlineTypes(clause: string | undefined): boolean {
  const names = clause?.match(/^\{([^}]*)\}/)?.[1];
  if (!names) return false;
  const parts = names.split(",").map((part) => part.trim());
  return parts.every((part) => part === "" || part.startsWith("type "));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, "");
}

function codeOf(text: string): string {
  return withoutComments(text)
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/`(?:[^`\\]|\\.)*`/g, "``");
}

function read(path: string): SourceFile {
  const text = readFileSync(join(source, path), "utf8");
  return { path, text, code: codeOf(text), imports: importsOf(withoutComments(text)) };
}

const files: SourceFile[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .sort()
  .map(read);

/** The file below src that a relative import means, or undefined for a package. */
function target(file: SourceFile, { from }: Import): string | undefined {
  if (!from.startsWith(".")) return undefined;
  const path = relative(source, join(source, dirname(file.path), from)).replaceAll("\\", "/");
  return path.replace(/\.js$/, ".ts");
}

const layerOf = (path: string) => layers.indexOf(path.split("/")[0] ?? "");

const violations = (rule: (file: SourceFile) => readonly string[]) =>
  files.flatMap((file) => rule(file).map((problem) => `${file.path}: ${problem}`));

describe("the source", () => {
  it("is found", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it("stands in the layers, with the public surface alone beside them", () => {
    const strays = files.filter(({ path }) => path !== publicSurface && layerOf(path) < 0);
    expect(strays.map(({ path }) => path)).toEqual([]);
  });

  it(`imports downwards only: ${layers.join(", ")}`, () => {
    const upward = violations((file) =>
      file.path === publicSurface
        ? []
        : file.imports.flatMap((line) => {
            const to = target(file, line);
            return to !== undefined && layerOf(to) > layerOf(file.path) ? [line.from] : [];
          }),
    );
    expect(upward).toEqual([]);
    const ofSurface = violations((file) =>
      file.imports.filter((line) => target(file, line) === publicSurface).map(({ from }) => from),
    );
    expect(ofSurface).toEqual([]);
  });

  it("has no cycle of imports between files that run", () => {
    expect(cyclesOf(files)).toEqual([]);
  });

  it("imports the AWS SDK in session/aws, for NumberValue, and for the tables of tests alone", () => {
    const outside = violations((file) => {
      if (file.path.startsWith(awsFolder) || awsFiles.has(file.path)) return [];
      return file.imports.flatMap(({ from, isTypeOnly }) => {
        const isAws = from.startsWith("@aws-sdk/") || from.startsWith("@smithy/");
        const isClientType = isTypeOnly && /^(?:session|testing)\//.test(file.path);
        return isAws && !isClientType ? [from] : [];
      });
    });
    expect(outside).toEqual([]);
  });

  it("imports packages that are its dependencies, the SDK's two included", () => {
    const { dependencies, imports } = manifest();
    const everywhere = [...Object.keys(dependencies), ...requiredPeers()];
    const others = violations((file) =>
      file.imports.flatMap(({ from, isTypeOnly }) => {
        if (from.startsWith(".") || from.startsWith("node:")) return [];
        const types = isTypeOnly ? (frameworks.get(file.path) ?? []) : [];
        // What package.json maps to a dependency on Node counts as it.
        const target = imports[from]?.node ?? from;
        return [...everywhere, ...types].some((name) => isOf(name, target)) ? [] : [from];
      }),
    );
    expect(others).toEqual([]);
  });

  it("uses nothing of Node's but in its tests' kit and its command, so that it runs on the edge and in browsers", () => {
    const uses = violations((file) => {
      if (nodeFolders.some((folder) => file.path.startsWith(folder))) return [];
      const imported = file.imports.filter(
        ({ from, isTypeOnly }) =>
          from.startsWith("node:") &&
          !(file.path === scopeFile && from === "node:async_hooks") &&
          !(isTypeOnly && file.path.startsWith("adapters/")),
      );
      const named = file.code.match(/\b(?:process\.|Buffer\b|require\(|__dirname\b)/g) ?? [];
      return [...imported.map(({ from }) => from), ...named];
    });
    expect(uses).toEqual([]);
  });

  it("asks for async contexts in one file", () => {
    const askers = files.filter(({ imports }) =>
      imports.some(({ from }) => from === "node:async_hooks"),
    );
    expect(askers.map(({ path }) => path)).toEqual([scopeFile]);
  });

  it("writes no code from text", () => {
    expect(violations((file) => file.code.match(/\bnew Function\b|\beval\(/g) ?? [])).toEqual([]);
  });

  it("gives no property a function as it is written, which V8 would keep among the old objects", () => {
    const assigned =
      /\.#?\w+ (?:\?\?)?=\s+(?:async )?(?:function\b|\w+ =>|\([^()]*\)(?:: [^=]+)? =>)/g;
    expect(violations((file) => file.code.match(assigned) ?? [])).toEqual([]);
  });

  it("has no default export", () => {
    expect(violations((file) => file.code.match(/^export default\b.*/gm) ?? [])).toEqual([]);
  });

  it("has no file of leftovers", () => {
    const vague = files.filter(({ path }) =>
      /(^|\/)(utils?|helpers?|misc|common)(\/|[.-])/.test(path),
    );
    expect(vague.map(({ path }) => path)).toEqual([]);
  });

  it("names files in kebab-case", () => {
    const odd = files.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(path));
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  it("has no barrel but the package's entries, and none with `export *`", () => {
    const stars = violations((file) => file.code.match(/^export \*.*/gm) ?? []);
    expect(stars).toEqual([]);
    const barrels = files.filter(
      (file) => !entries().has(file.path) && !awsFiles.has(file.path) && isBarrel(file),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it("has no `any`, but where the linter was told why", () => {
    const told = /^.*biome-ignore lint\/suspicious\/noExplicitAny: \S.*\n.*$/gm;
    const uses = /[:<,|&(=]\s*any\b(?!\()|\bas any\b/g;
    expect(violations(({ text }) => codeOf(text.replace(told, "")).match(uses) ?? [])).toEqual([]);
  });

  it("leaves nothing to be done later", () => {
    expect(violations((file) => file.text.match(/\b(?:TODO|FIXME|XXX|HACK)\b.*/g) ?? [])).toEqual(
      [],
    );
  });

  it(`has no file of more than ${maxLines} lines`, () => {
    expect(
      violations(({ text }) => {
        const lines = text.split("\n").length - 1;
        return lines > maxLines ? [`${lines} lines`] : [];
      }),
    ).toEqual([]);
  });
});

describe("the package", () => {
  it("depends on immer, date-fns and mitt, and on no more", () => {
    expect(Object.keys(manifest().dependencies).sort()).toEqual(["date-fns", "immer", "mitt"]);
  });

  it("takes the AWS SDK from its user, and asks for nothing else", () => {
    expect(requiredPeers()).toEqual(["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"]);
  });

  it("names each framework and engine that it works with as an optional peer", () => {
    const engines = ["amplify-dynamodb-simulator", "dynalite"];
    const named = [...frameworks.values(), engines].flat().sort();
    expect(Object.keys(manifest().peerDependenciesMeta).sort()).toEqual(named);
    expect(Object.keys(manifest().peerDependencies)).toEqual(expect.arrayContaining(named));
  });
});

describe("the reading of imports", () => {
  it("finds each form, and tells types from values", () => {
    const text = [
      'import { a } from "./a.js";',
      'import type { B } from "./b.js";',
      'import { type C, type D } from "./c.js";',
      'import { type E, e } from "./e.js";',
      "import {",
      "  f,",
      '} from "./f.js";',
      'import "./g.js";',
      'export { h } from "./h.js";',
      'const i = await import("./i.js");',
    ].join("\n");
    expect(importsOf(text).map(({ from, isTypeOnly }) => [from, isTypeOnly])).toEqual([
      ["./a.js", false],
      ["./b.js", true],
      ["./c.js", true],
      ["./e.js", false],
      ["./f.js", false],
      ["./g.js", false],
      ["./h.js", false],
      ["./i.js", false],
    ]);
  });

  it("finds cycles", () => {
    const file = (path: string, from: string): SourceFile => ({
      path,
      text: "",
      code: "",
      imports: [{ from, isTypeOnly: false }],
    });
    expect(cyclesOf([file("a.ts", "./b.js"), file("b.ts", "./a.js")])).toEqual([
      "a.ts -> b.ts -> a.ts",
    ]);
    expect(cyclesOf([file("a.ts", "./b.js"), file("b.ts", "./c.js")])).toEqual([]);
  });

  it("reads no comment and no string as code", () => {
    expect(codeOf('const a = "x: any"; // y: any\n/* z: any */')).toBe('const a = "";\n');
  });
});

interface Manifest {
  readonly imports: Record<string, { readonly node: string }>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>;
}

function requiredPeers(): string[] {
  const { peerDependencies, peerDependenciesMeta } = manifest();
  return Object.keys(peerDependencies)
    .filter((name) => peerDependenciesMeta[name]?.optional !== true)
    .sort();
}

/** The files below src that users import. */
function entries(): Set<string> {
  return new Set([...packagePaths(root).values()].map((path) => relative(source, path)));
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

function isOf(name: string, from: string): boolean {
  return from === name || from.startsWith(`${name}/`);
}

/** A file that does nothing but pass on what other files export. */
function isBarrel({ code }: SourceFile): boolean {
  const rest = code
    .replace(/^(?:import|export)\s+(?:type\s)?[^;]*?\sfrom\s+""\s*;/gms, "")
    .replace(/^export\s+(?:type\s)?\{[^}]*\}\s*;/gm, "");
  return rest.trim() === "";
}

/** Type imports are gone at run time, so a cycle through one is no cycle. */
function cyclesOf(among: readonly SourceFile[]): string[] {
  const edges = new Map(
    among.map((file) => [
      file.path,
      file.imports.flatMap((line) => (line.isTypeOnly ? [] : (target(file, line) ?? []))),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}
