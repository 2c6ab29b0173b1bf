import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as dynalchemy from "dynalchemy";
import * as context from "dynalchemy/context";
import * as testing from "dynalchemy/testing";
import { describe, expect, it } from "vitest";
import { root } from "./page.js";

const page = readFileSync(join(root, "docs/errors.md"), "utf8");

/** Each entry of the page: its code, and the text below it. */
const entries = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [code = "", ...text] = section.split("\n");
      return [code, text.join("\n").split(/^## /m)[0] ?? ""] as const;
    }),
);

interface Thrown {
  readonly code: string;
  readonly name: string;
  readonly isInternal: boolean;
}

/** The error classes of the source: those that extend another one and have a code. */
function errorsInSource(): Thrown[] {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const source = readFileSync(join(root, "src", file), "utf8");
      const classes =
        /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?)(?:export )?class (\w+) extends [^{]*\{([\s\S]*?)\n\}/g;
      return [...source.matchAll(classes)].flatMap(([, comment = "", name = "", body = ""]) => {
        const code = /\bcode(?:: string)? = "([A-Z_]+)"/.exec(body)?.[1];
        return code === undefined
          ? []
          : [{ code, name, isInternal: comment.includes("@internal") }];
      });
    });
}

const errors = errorsInSource();

describe("docs/errors.md", () => {
  it("has an entry for each code of the source, and no other", () => {
    expect(errors.length).toBeGreaterThan(25);
    expect([...entries.keys()].sort()).toEqual([...new Set(errors.map(({ code }) => code))].sort());
  });

  it("lists each code once", () => {
    expect(page.match(/^### /gm)?.length).toBe(entries.size);
  });

  it.each(errors)(
    "says of $code its class, its cause and a remedy",
    ({ code, name, isInternal }) => {
      const text = entries.get(code) ?? "";
      expect(text).toContain(`\`${name}\``);
      expect(text).toContain("**Cause:**");
      if (!isInternal) expect(text).toMatch(/\*\*Remedy:\*\*/);
      expect(text.includes("not exported"), "says whether it is exported").toBe(isInternal);
    },
  );

  it("covers each error class that is exported", () => {
    const exported = Object.entries({ ...dynalchemy, ...context, ...testing })
      .filter(([, value]) => {
        const { prototype } = value as { prototype?: unknown };
        return prototype instanceof Error && value !== dynalchemy.DynalchemyError;
      })
      .map(([name]) => name);
    const documented = errors.filter(({ isInternal }) => !isInternal).map(({ name }) => name);
    expect(exported.sort()).toEqual(documented.sort());
  });
});
