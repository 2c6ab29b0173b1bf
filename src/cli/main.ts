#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TableMismatch } from "../session/tables/errors.js";
import { cloudFormation } from "./cloud-formation.js";
import { loadExported, Misuse } from "./exported.js";
import { inspect, requestsOf, type TableReport } from "./tables.js";

const help = `Usage: dynalchemy tables <module> [options]
       dynalchemy explain <module> [--json]

tables compares the tables of the account with the models that the module exports, by themselves or in
arrays. If it exports an engine too, its client and its table names are used.

explain says what the queries and scans that the module exports will do: the table or index, the key
condition, the filter, what they give, and where they will read far more than that. It sends nothing.

  --create             create the tables that are missing, and wait until they are active
  --format <form>      print what creates the tables, and send nothing:
                       json (inputs of CreateTable, without TTL) or cloudformation (a template)
  --json               print the comparison, or the explanations, as JSON
  --endpoint <url>     such as http://localhost:8000; for clients without one of their own
  --region <name>      such as eu-central-1
  --help, -h           print this
  --version, -v        print the version of dynalchemy

TypeScript modules: NODE_OPTIONS="--import tsx" npx dynalchemy tables src/models.ts

Exit codes: 0 all tables fit, or what was asked for is printed; 1 one is missing or differs, or models of
one table disagree; 2 the command or the module is wrong; 3 a request failed.
`;

const options = {
  create: { type: "boolean" },
  format: { type: "string" },
  json: { type: "boolean" },
  endpoint: { type: "string" },
  region: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

async function main(): Promise<number> {
  const { values, positionals } = parsed();
  const [command, module, ...more] = positionals;
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (values.version === true) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const isKnown = command === "tables" || command === "explain";
  if (!isKnown || module === undefined || more.length > 0) {
    throw new Misuse(`Expected "tables <module>" or "explain <module>". See dynalchemy --help.`);
  }
  const { format, create = false } = values;
  if (format !== undefined && format !== "json" && format !== "cloudformation") {
    throw new Misuse(`--format is json or cloudformation, not ${format}.`);
  }
  if (format !== undefined && create)
    throw new Misuse("--format sends nothing: leave --create out.");
  if (values.endpoint !== undefined && !/^https?:\/\/./.test(values.endpoint)) {
    throw new Misuse(`--endpoint is a URL such as http://localhost:8000, not ${values.endpoint}.`);
  }
  // Before the module is loaded, so that a client that it makes is pointed there as well.
  if (values.endpoint !== undefined) process.env["AWS_ENDPOINT_URL_DYNAMODB"] = values.endpoint;
  if (values.region !== undefined) process.env["AWS_REGION"] = values.region;
  const exported = await loadExported(module);
  if (command === "explain") {
    if (exported.searches.length === 0) throw new Misuse(`${module} exports no query and no scan.`);
    const explained = exported.searches.map(({ name, search }) => ({
      name,
      text: search.explain(),
    }));
    if (values.json === true) print(explained.map(({ name, text }) => ({ name, ...text })));
    else for (const { name, text } of explained) process.stdout.write(`${name}: ${text}\n`);
    return 0;
  }
  if (exported.models.length === 0) throw new Misuse(`${module} exports no model.`);
  if (format !== undefined) {
    const tables = requestsOf(exported);
    const inputs = tables.map(({ request }) => request);
    print(format === "json" ? inputs : cloudFormation(tables));
    return 0;
  }
  const reports: TableReport[] = [];
  if (create) process.stderr.write("Creating what is missing; a table takes some seconds …\n");
  try {
    for await (const report of inspect(exported, create)) {
      reports.push(report);
      if (values.json === true) process.stderr.write(`${report.table}: looked at\n`);
      else printReport(report);
    }
  } finally {
    // Also where a later table failed: what was done, was done.
    if (values.json === true) print(reports);
  }
  return reports.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

function printReport({ table, models, differences }: TableReport): void {
  const state = differences.length === 0 ? "fits" : "differs";
  const lines = differences.map((difference) => `  ${difference}\n`);
  process.stdout.write(`${table} (${models.join(", ")}): ${state}\n${lines.join("")}`);
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    // Its first sentence; Node goes on with advice about arguments that begin with a dash.
    const [problem = ""] = (error as Error).message.split(". ");
    throw new Misuse(`${problem.replace(/\.$/, "")}. See dynalchemy --help.`);
  }
}

function version(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { readonly version: string }).version;
}

/** What the SDK says, with what helps where it lacks something that it can be given. */
function withAdvice(message: string): string {
  if (message.includes("Region is missing")) return `${message}: say --region, or set AWS_REGION.`;
  if (!message.includes("Could not load credentials")) return message;
  return `${message}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (a local engine takes any).`;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${withAdvice((error as Error).message)}\n`);
  process.exitCode = error instanceof Misuse ? 2 : error instanceof TableMismatch ? 1 : 3;
}
// The module may have left timers or connections open, which would keep the command from ending.
process.stdout.write("", () => process.exit());
