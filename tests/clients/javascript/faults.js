import assert from "node:assert/strict";
import { test } from "node:test";
import { client, during, logIn, refusal } from "./simulator.js";

const RAISED = {
  rate_limited: "NetworkException",
  publisher_key: "PermissionException",
  token_dead: "TokenException",
  unavailable: "NetworkException",
  gateway_502: "NetworkException",
  gateway_504: "NetworkException",
};

test("faults are the exceptions that the client has for them", async () => {
  for (const [fault, error_type] of Object.entries(RAISED)) {
    const connect = client();
    await logIn(connect);
    const [raised] = await during({ action: "set", fault }, () => refusal(connect.getOrders()));
    assert.equal(raised, error_type, fault);
  }
});

test("slow answer is a network exception", async () => {
  const { access_token } = await logIn(client());
  const connect = client({ timeout: 300, access_token });
  const slow = { action: "set", fault: "slow", seconds: 1, path: "/orders", uses: 1 };
  const [error_type, message] = await during(slow, () => refusal(connect.getOrders()));
  assert.deepEqual([error_type, message], ["NetworkException", "No response from server with error code: ECONNABORTED"]);
});
