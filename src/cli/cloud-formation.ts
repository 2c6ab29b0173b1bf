import type { SharedTable } from "../session/tables/merge-tables.js";

/**
 * A CloudFormation template of tables. They are kept when they leave the template: what they hold is
 * not to be lost by an edit. Source: CloudFormation guide, "AWS::DynamoDB::Table".
 */
export function cloudFormation(tables: readonly SharedTable[]): object {
  const resources: Record<string, object> = {};
  for (const { request, ttl } of tables) {
    const name = `${request.TableName.replaceAll(/[^A-Za-z0-9]/g, "")}Table`;
    let id = name;
    for (let number = 2; id in resources; number++) id = `${name}${number}`;
    resources[id] = {
      Type: "AWS::DynamoDB::Table",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        ...request,
        ...(ttl !== undefined && {
          TimeToLiveSpecification: { AttributeName: ttl, Enabled: true },
        }),
      },
    };
  }
  return { AWSTemplateFormatVersion: "2010-09-09", Resources: resources };
}
