import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Engine, globalIndex, model, t } from "dynalchemy";

const { CLI_TABLES = "", CLI_ENDPOINT = "", CLI_WANTS_MORE } = process.env;

/** An engine of the module's own, whose client and names the command takes. */
export const engine = new Engine({
  client: new DynamoDBClient({
    endpoint: CLI_ENDPOINT,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  }),
  tableName: (name) => `${CLI_TABLES}${name}-of-engine`,
});

export const Account = model("Account", { id: t.string().hashKey() });

export const Visit = model(
  "Visit",
  { id: t.string().hashKey(), user: t.string() },
  { indexes: CLI_WANTS_MORE === undefined ? {} : { byUser: globalIndex({ hashKey: "user" }) } },
);
