// The simulator as the tests see it: its control page, a person who logs in, and a client that is logged in.
import assert from "node:assert/strict";
import { KiteConnect } from "kiteconnect";

export const KEY = "simulator_key";
export const SECRET = "simulator_secret";
export const MORNING = new Date(process.env.MORNING);
export const URL_OF = process.env.SIMULATOR;

// Make changes at the control page; returns what is set then.
export async function control(...changes) {
  const answer = await fetch(`${URL_OF}/control`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(changes),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).data;
}

// Let simulated time pass; nobody waits for it.
export async function pass(seconds = 2) {
  const { clock } = await control();
  await control({ action: "clock", seconds: clock.seconds + seconds });
}

// Turn a fault or a switch on for as long as `run` takes.
export async function during(change, run) {
  await control(change);
  const back = change.action === "set" ? { action: "clear" } : { ...change, value: "off" };
  return run().finally(() => control(back));
}

// A client for the simulator, by the two settings that it has for that.
export function client(options = {}) {
  const connect = new KiteConnect({ api_key: KEY, root: URL_OF, ...options });
  connect.default_login_uri = `${URL_OF}/connect/login`;
  return connect;
}

// Open a client's login address, press the button, and return the query that comes back.
export async function approve(address) {
  const page = await fetch(address);
  assert.equal(page.status, 200);
  const form = new URLSearchParams({ decision: "approve" });
  for (const [, name, value] of (await page.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)) {
    form.set(name, value.replaceAll("&amp;", "&"));
  }
  const answer = await fetch(page.url.split("?")[0], { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location")).searchParams;
}

// Log in as a person does, and exchange the token that comes back.
export async function logIn(connect) {
  const query = await approve(connect.getLoginURL());
  return connect.generateSession(query.get("request_token"), SECRET);
}

let shared;

// A client that is logged in, the same for all tests that leave its session alone.
export function loggedIn() {
  shared ??= (async () => {
    const connect = client();
    await logIn(connect);
    return connect;
  })();
  return shared;
}

// The NIFTY future that expires first.
export async function niftyFuture(connect) {
  const rows = await connect.getInstruments(["NFO"]);
  const futures = rows.filter((row) => row.name === "NIFTY" && row.instrument_type === "FUT");
  return futures.sort((one, other) => one.expiry - other.expiry)[0];
}

// What a call is refused with: the client rejects with Kite's envelope.
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.error_type, error.message];
  }
  throw new assert.AssertionError({ message: "the call was not refused" });
}
