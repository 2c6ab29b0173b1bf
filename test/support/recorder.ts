export { expectRequests } from "../../src/testing/expect-requests.js";
export { type RecordedRequest, Recorder, record } from "../../src/testing/recorder.js";
