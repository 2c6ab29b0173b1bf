import { globalIndex, model, t } from "dynalchemy";

// Each run of the test has tables of its own.
const prefix = process.env["CLI_TABLES"] ?? "";

class User extends model("User", { id: t.uuid().hashKey() }, { tableName: `${prefix}Users` }) {}

class Token extends model(
  "Token",
  { id: t.string().hashKey(), user: t.string(), expires: t.timestamp().ttl() },
  { tableName: `${prefix}Tokens`, indexes: { byUser: globalIndex({ hashKey: "user" }) } },
) {}

export const models = [User, Token];
export { Token };
