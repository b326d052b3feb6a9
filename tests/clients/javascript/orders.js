import assert from "node:assert/strict";
import { test } from "node:test";
import { during, control, loggedIn, niftyFuture, pass, refusal } from "./simulator.js";

// Place an order: ten INFY on NSE, bought at market for delivery, unless `fields` say otherwise. Returns its id.
async function place(connect, fields = {}, variety = "regular") {
  const usual = { exchange: "NSE", tradingsymbol: "INFY", transaction_type: "BUY", quantity: 10, product: "CNC", order_type: "MARKET" };
  const { order_id } = await connect.placeOrder(variety, { ...usual, ...fields });
  assert.match(order_id, /^\d{19}$/); // a number of JavaScript would lose digits
  return order_id;
}

async function findOrder(connect, order_id) {
  return (await connect.getOrders()).find((order) => order.order_id === order_id);
}

test("market order fills and shows in book, history and trades", async () => {
  const connect = await loggedIn();
  const order_id = await place(connect, { tag: "js1" });
  await pass();
  const order = await findOrder(connect, order_id);
  assert.deepEqual([order.status, order.filled_quantity, order.pending_quantity, order.tag], ["COMPLETE", 10, 0, "js1"]);
  assert.ok(order.order_timestamp instanceof Date && order.exchange_timestamp instanceof Date);
  const { clock } = await control();
  assert.ok(Math.abs(order.order_timestamp - new Date(clock.now)) < 60_000);
  const history = await connect.getOrderHistory(order_id);
  assert.deepEqual([history[0].status, history.at(-1).status], ["PUT ORDER REQ RECEIVED", "COMPLETE"]);
  const [trade] = await connect.getOrderTrades(order_id);
  assert.deepEqual([trade.quantity, trade.average_price, trade.order_id], [10, order.average_price, order_id]);
  assert.ok(trade.fill_timestamp instanceof Date);
  assert.ok((await connect.getTrades()).some((other) => other.trade_id === trade.trade_id));
});

test("partial fills are trades of their own", async () => {
  const connect = await loggedIn();
  const order_id = await place(connect, { tradingsymbol: "SIMPARTIAL", quantity: 100 });
  await pass(3);
  const order = await findOrder(connect, order_id);
  assert.deepEqual([order.status, order.filled_quantity, order.cancelled_quantity], ["CANCELLED", 60, 40]);
  assert.deepEqual((await connect.getOrderTrades(order_id)).map((row) => row.quantity), [30, 30]);
});

test("rejected order has an id, a reason and no trades", async () => {
  const connect = await loggedIn();
  const order_id = await place(connect, { tradingsymbol: "SIMFUNDS" });
  await pass();
  const order = await findOrder(connect, order_id);
  assert.equal(order.status, connect.STATUS_REJECTED);
  assert.match(order.status_message, /^Insufficient funds\. Required margin is/);
  assert.deepEqual([order.exchange_order_id, order.exchange_timestamp], [null, null]);
  assert.deepEqual(await connect.getOrderTrades(order_id), []);
});

test("open order is modified and cancelled", async () => {
  const connect = await loggedIn();
  const order_id = await place(connect, { tradingsymbol: "SIMOPEN", order_type: "LIMIT", price: 99.5, validity: "DAY" });
  await pass();
  assert.deepEqual(await connect.modifyOrder("regular", order_id, { quantity: 20, price: 98.25 }), { order_id });
  await pass();
  const changed = await findOrder(connect, order_id);
  assert.deepEqual([changed.status, changed.quantity, changed.price], ["OPEN", 20, 98.25]);
  assert.deepEqual(await connect.cancelOrder("regular", order_id), { order_id });
  await pass();
  assert.equal((await findOrder(connect, order_id)).status, connect.STATUS_CANCELLED);
  assert.equal((await refusal(connect.modifyOrder("regular", order_id, { price: 97 })))[0], "OrderException");
  assert.equal((await refusal(connect.cancelOrder("regular", order_id)))[0], "OrderException");
});

test("stop waits for its trigger", async () => {
  const connect = await loggedIn();
  const terms = { tradingsymbol: "SBIN", transaction_type: "SELL", order_type: "SL", price: 500, trigger_price: 501, product: "MIS" };
  const order_id = await place(connect, terms);
  await pass();
  assert.equal((await findOrder(connect, order_id)).status, "TRIGGER PENDING");
  await connect.modifyOrder("regular", order_id, { order_type: connect.ORDER_TYPE_SLM, trigger_price: 502 });
  await pass();
  const changed = await findOrder(connect, order_id);
  assert.deepEqual([changed.order_type, changed.trigger_price, changed.status], ["SL-M", 502, "TRIGGER PENDING"]);
});

test("cover order gets a second leg by which it is exited", async () => {
  const connect = await loggedIn();
  const parent_order_id = await place(connect, { tradingsymbol: "ITC", product: "MIS", trigger_price: 400 }, connect.VARIETY_CO);
  await pass();
  const leg = (await connect.getOrders()).find((order) => order.parent_order_id === parent_order_id);
  assert.deepEqual([leg.transaction_type, leg.trigger_price, leg.status, leg.product], ["SELL", 400, "TRIGGER PENDING", "CO"]);
  await connect.modifyOrder("co", leg.order_id, { parent_order_id, trigger_price: 401 });
  await pass();
  assert.deepEqual(await connect.exitOrder("co", leg.order_id, { parent_order_id }), { order_id: leg.order_id });
  await pass();
  const exited = await findOrder(connect, leg.order_id);
  assert.deepEqual([exited.status, exited.filled_quantity], ["COMPLETE", 10]);
});

test("after-market order waits", async () => {
  const connect = await loggedIn();
  const order_id = await place(connect, { tradingsymbol: "TCS", order_type: "LIMIT", price: 3000 }, connect.VARIETY_AMO);
  await pass();
  const order = await findOrder(connect, order_id);
  assert.deepEqual([order.status, order.variety], ["AMO REQ RECEIVED", "amo"]);
  assert.deepEqual(await connect.cancelOrder("amo", order_id), { order_id });
});

test("iceberg tells its legs", async () => {
  const connect = await loggedIn();
  const terms = { tradingsymbol: "LT", quantity: 30, iceberg_legs: 3, iceberg_quantity: 10, tag: "jsice" };
  const order_id = await place(connect, terms, connect.VARIETY_ICEBERG);
  await pass(5);
  const legs = (await connect.getOrders()).filter((order) => order.tag === "jsice");
  const first = legs.find((leg) => leg.meta.iceberg.leg === 1);
  assert.equal(first.order_id, order_id);
  assert.deepEqual(legs.map((leg) => [leg.status, leg.quantity, leg.meta.iceberg.legs]), Array(3).fill(["COMPLETE", 10, 3]));
});

test("auction and time to live", async () => {
  const connect = await loggedIn();
  const offer = { tradingsymbol: "NTPC", transaction_type: "SELL", order_type: "LIMIT", price: 400, auction_number: "22" };
  const auction = await place(connect, offer, connect.VARIETY_AUCTION);
  const limit = { tradingsymbol: "SUNPHARMA", order_type: "LIMIT", price: 90 };
  const living = await place(connect, { ...limit, validity: connect.VALIDITY_TTL, validity_ttl: 2 });
  await pass();
  assert.equal((await findOrder(connect, auction)).auction_number, "22");
  assert.equal((await findOrder(connect, living)).status, "OPEN");
  await pass(130);
  assert.equal((await findOrder(connect, living)).status, "CANCELLED");
  assert.deepEqual(await connect.cancelOrder("auction", auction), { order_id: auction });
});

test("protected market order is kept as a limit", () =>
  during({ action: "switch", name: "market_protection_required", value: "on" }, async () => {
    const connect = await loggedIn();
    const [error_type, message] = await refusal(place(connect, { tradingsymbol: "WIPRO" }));
    assert.equal(error_type, "InputException");
    assert.match(message, /^Market orders without market protection are not allowed via API\./);
    const order = await findOrder(connect, await place(connect, { tradingsymbol: "WIPRO", market_protection: -1 }));
    assert.deepEqual([order.order_type, order.market_protection], ["LIMIT", 0]);
    assert.ok(order.tags.includes("mktp:2.00"));
  }));

test("large order is sliced", async () => {
  const connect = await loggedIn();
  const { tradingsymbol } = await niftyFuture(connect);
  const terms = { exchange: "NFO", tradingsymbol, quantity: 3600, product: "NRML", order_type: "LIMIT", price: 100 };
  const [error_type, message] = await refusal(place(connect, terms));
  assert.equal(error_type, "InputException");
  assert.match(message, /1800/);
  const placed = await connect.placeOrder("regular", { transaction_type: "BUY", ...terms, autoslice: true });
  const slices = [placed.order_id, ...placed.children.map((child) => child.order_id)];
  const orders = await Promise.all(slices.map((order_id) => findOrder(connect, order_id)));
  assert.deepEqual(orders.map((order) => order.quantity), [1800, 1800]);
});

test("what cannot be read is an input exception", async () => {
  const connect = await loggedIn();
  const words = "Invalid request (failed to decode quantity, got: many (expected int))";
  assert.deepEqual(await refusal(place(connect, { quantity: "many" })), ["InputException", words]);
  assert.deepEqual(await refusal(place(connect, { quantity: -5 })), ["InputException", "Invalid `quantity`."]);
  assert.deepEqual(await refusal(place(connect, { tradingsymbol: "NOSUCH" })), ["InputException", "No such instrument."]);
  assert.deepEqual(await refusal(place(connect, {}, "bo")), ["InputException", "Invalid `variety`."]);
});

test("unknown order is an order exception", async () => {
  const connect = await loggedIn();
  const unknown = "1000000000000000001";
  assert.deepEqual(await refusal(connect.getOrderHistory(unknown)), ["OrderException", "Couldn't find that `order_id`."]);
  assert.deepEqual(await connect.getOrderTrades(unknown), []);
});
