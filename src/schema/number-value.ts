// The one AWS import of this layer: users hold exact numbers in the class that the SDK's own documents use.
export { NumberValue } from "@aws-sdk/lib-dynamodb";
