/*
 * A plugin of TypeDoc, which names modules and pages by their files: here a module has the name by
 * which it is imported, and a page its title.
 */
import { readFileSync } from "node:fs";
import { Converter, ReflectionKind } from "typedoc";

const manifest = new URL("../../package.json", import.meta.url);
const { name, exports } = JSON.parse(readFileSync(manifest, "utf8"));

/** Such as "dynalchemy/context", by TypeDoc's "context/context". */
const imports = new Map(
  Object.entries(exports)
    .filter(([, target]) => typeof target === "object")
    .map(([entry, target]) => [
      target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ""),
      name + entry.slice(1),
    ]),
);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = imports.get(module.name) ?? module.name;
    }
    for (const page of project.documents ?? []) {
      const text = page.content.map((part) => part.text).join("");
      page.name = /^# (.+)$/m.exec(text)?.[1] ?? page.name;
    }
  });
}
