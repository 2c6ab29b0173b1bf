// Makes a program fail at its first query.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const { send } = DynamoDBClient.prototype;
DynamoDBClient.prototype.send = function (command, ...rest) {
  if (command.constructor.name === "QueryCommand") throw new Error("no queries today");
  return send.call(this, command, ...rest);
};
