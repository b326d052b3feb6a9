import assert from "node:assert/strict";
import { test } from "node:test";
import { URL_OF, loggedIn, pass, refusal } from "./simulator.js";

const BUY = { exchange: "NSE", transaction_type: "BUY", quantity: 10, order_type: "MARKET" };

async function position(connect, tradingsymbol, product) {
  return (await connect.getPositions()).net.find((row) => row.tradingsymbol === tradingsymbol && row.product === product);
}

async function holding(connect, tradingsymbol) {
  return (await connect.getHoldings()).find((row) => row.tradingsymbol === tradingsymbol && row.exchange === "NSE");
}

test("position follows the fills and is converted", async () => {
  const connect = await loggedIn();
  await connect.placeOrder("regular", { ...BUY, tradingsymbol: "TATASTEEL", product: "MIS" });
  await pass();
  const before = await position(connect, "TATASTEEL", "MIS");
  assert.deepEqual([before.quantity, before.buy_quantity, before.overnight_quantity], [10, 10, 0]);
  const terms = { exchange: "NSE", tradingsymbol: "TATASTEEL", transaction_type: "BUY", position_type: connect.POSITION_TYPE_DAY };
  const products = { old_product: "MIS", new_product: "CNC" };
  assert.equal(await connect.convertPosition({ ...terms, ...products, quantity: 4 }), true);
  assert.equal((await position(connect, "TATASTEEL", "MIS")).quantity, 6);
  assert.equal((await position(connect, "TATASTEEL", "CNC")).quantity, 4);
  assert.equal((await refusal(connect.convertPosition({ ...terms, ...products, quantity: 7 })))[0], "InputException");
});

test("funds are blocked and holdings are used", async () => {
  const connect = await loggedIn();
  await pass(); // what other tests have placed is filled then
  const free = (await connect.getMargins("equity")).net;
  const limit = { ...BUY, tradingsymbol: "SIMOPEN", order_type: "LIMIT", price: 100, quantity: 50, product: "CNC" };
  await connect.placeOrder("regular", limit);
  assert.ok(Math.abs((await connect.getMargins("equity")).net - (free - 5000)) < 0.01);
  const before = await holding(connect, "MARUTI");
  await connect.placeOrder("regular", { ...BUY, tradingsymbol: "MARUTI", transaction_type: "SELL", quantity: 3, product: "CNC" });
  await pass();
  const after = await holding(connect, "MARUTI");
  assert.deepEqual([after.quantity, after.used_quantity], [before.quantity - 3, 3]);
});

test("auction instruments are shares that are held", async () => {
  const connect = await loggedIn();
  const rows = await connect.getAuctionInstruments();
  const held = new Set((await connect.getHoldings()).map((row) => row.tradingsymbol));
  assert.ok(rows.length > 0);
  assert.ok(rows.every((row) => held.has(row.tradingsymbol) && row.auction_number));
});

// The client has no call of its own for these two; its transport knows the root, the headers and the envelope.
const authorization = (connect) => ({ headers: { Authorization: `token ${connect.api_key}:${connect.access_token}` } });

test("authorising holdings gives the id of a request", async () => {
  const connect = await loggedIn();
  const { request_id } = await connect.requestInstance.post("/portfolio/holdings/authorise", null, authorization(connect));
  assert.match(request_id, /^\w{32}$/);
  assert.equal(connect.requestInstance.defaults.baseURL, URL_OF);
});

test("trigger ranges lie on either side of the price", async () => {
  const connect = await loggedIn();
  const price = (await connect.getLTP("NSE:INFY"))["NSE:INFY"].last_price;
  const options = { ...authorization(connect), params: { i: ["NSE:INFY", "NSE:SBIN"] } };
  const buy = await connect.requestInstance.get("/instruments/trigger_range/buy", options);
  assert.deepEqual(Object.keys(buy), ["NSE:INFY", "NSE:SBIN"]);
  assert.ok(buy["NSE:INFY"].lower < buy["NSE:INFY"].upper && buy["NSE:INFY"].upper < price);
  const sell = await connect.requestInstance.get("/instruments/trigger_range/sell", options);
  assert.ok(price < sell["NSE:INFY"].lower && sell["NSE:INFY"].lower < sell["NSE:INFY"].upper);
});
