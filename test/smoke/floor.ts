import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../docs/page.js";

/** The oldest versions that the README and the package admit, as `npm install` takes them. */
export function floorVersions(): string[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const typescript = /TypeScript is (\d+\.\d+) or later/.exec(readme)?.[1];
  const sdk = /AWS SDK is (3\.\d+) or later/.exec(readme)?.[1];
  if (typescript === undefined || sdk === undefined) {
    throw new Error("The README doesn't say from which TypeScript and AWS SDK on it works");
  }
  const { peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const clients = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"].map((name) => {
    const range = peerDependencies[name] ?? "";
    if (range !== `^${sdk}.0`) throw new Error(`The README says ${sdk}, the package ${range}`);
    return `${name}@${sdk}.0`;
  });
  return [...clients, `typescript@~${typescript}.0`];
}
