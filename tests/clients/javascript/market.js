import assert from "node:assert/strict";
import { test } from "node:test";
import { MORNING, client, control, loggedIn, niftyFuture, refusal } from "./simulator.js";

// Return an order to ask the margin of.
function marginRequest(tradingsymbol, fields = {}) {
  const usual = { exchange: "NSE", transaction_type: "BUY", variety: "regular", product: "CNC", order_type: "MARKET" };
  return { ...usual, tradingsymbol, quantity: 10, price: 0, trigger_price: 0, ...fields };
}

const total = (rows) => rows.reduce((sum, row) => sum + row.total, 0);
const near = (one, other) => assert.ok(Math.abs(one - other) < 0.01, `${one} is not ${other}`);

test("instruments have numbers and dates", async () => {
  const rows = await client().getInstruments();
  assert.ok(Array.isArray(rows));
  const infy = rows.find((row) => row.exchange === "NSE" && row.tradingsymbol === "INFY");
  assert.deepEqual([infy.instrument_token, infy.tick_size, infy.lot_size, infy.expiry], ["408065", 0.1, 1, ""]);
  const derivatives = (await client().getInstruments(["NFO"])).filter((row) => row.tradingsymbol);
  assert.ok(derivatives.every((row) => row.exchange === "NFO"));
  const future = await niftyFuture(client());
  assert.deepEqual([future.lot_size, future.strike], [75, 0]);
  assert.ok(future.expiry instanceof Date && future.expiry.getTime() > MORNING.getTime() - 86_400_000);
  assert.match(future.tradingsymbol, /^NIFTY\d\d[A-Z]{3}FUT$/);
  assert.deepEqual(await refusal(client().getInstruments(["NYSE"])), ["InputException", "Invalid `exchange`."]);
});

test("quotes in three lengths", async () => {
  const connect = await loggedIn();
  await control({ action: "price", tradingsymbol: "ASIANPAINT", price: "2900.5" });
  const whole = await connect.getQuote(["NSE:ASIANPAINT", "NSE:NOSUCH"]);
  assert.deepEqual(Object.keys(whole), ["NSE:ASIANPAINT"]);
  const quote = whole["NSE:ASIANPAINT"];
  assert.deepEqual([quote.last_price, quote.depth.buy.length, quote.depth.sell.length], [2900.5, 5, 5]);
  assert.ok(quote.timestamp instanceof Date && quote.last_trade_time instanceof Date);
  assert.deepEqual((await connect.getOHLC(["NSE:ASIANPAINT"]))["NSE:ASIANPAINT"].ohlc, quote.ohlc);
  const short = await connect.getLTP(["NSE:ASIANPAINT", "NSE:NIFTY 50", "NSE:M&M"]);
  assert.deepEqual(Object.keys(short), ["NSE:ASIANPAINT", "NSE:NIFTY 50", "NSE:M&M"]);
  assert.deepEqual(short["NSE:ASIANPAINT"], { instrument_token: quote.instrument_token, last_price: 2900.5 });
  assert.deepEqual(await refusal(connect.getQuote([])), ["InputException", "Missing `i`."]);
});

test("margins of orders, whole and compact", async () => {
  const connect = await loggedIn();
  const share = marginRequest("INFY", { order_type: "LIMIT", price: 1400.5 });
  const [whole] = await connect.orderMargins([share], "");
  assert.deepEqual([whole.type, whole.total, whole.leverage], ["equity", 14005, 1]);
  assert.ok(whole.charges.total > 0);
  const [compact] = await connect.orderMargins([share]);
  assert.deepEqual([compact.total, "span" in compact], [14005, false]);
});

test("margins of baskets, whole and compact", async () => {
  const connect = await loggedIn();
  const pair = [marginRequest("HDFCBANK", { product: "MIS" }), marginRequest("HDFCBANK", { product: "MIS", transaction_type: "SELL" })];
  const full = await connect.orderBasketMargins(pair, false, "");
  assert.equal(full.orders.length, 2);
  near(full.initial.total, total(full.orders));
  assert.ok(full.final.total < full.initial.total);
  assert.ok("span" in full.initial);
  const compact = await connect.orderBasketMargins(pair);
  assert.equal(compact.final.total, full.final.total);
  assert.ok(!("span" in compact.initial));
});

test("virtual contract note counts the charges", async () => {
  const connect = await loggedIn();
  const sold = { order_id: "111111111", exchange: "NSE", tradingsymbol: "SBIN", transaction_type: "SELL", variety: "regular" };
  const terms = { product: "CNC", order_type: "MARKET", quantity: 10, average_price: 560 };
  const [note] = await connect.getvirtualContractNote([{ ...sold, ...terms }]);
  assert.deepEqual([note.tradingsymbol, note.price, note.quantity], ["SBIN", 560, 10]);
  const taxes = note.charges;
  const names = ["transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty"];
  near(taxes.total, names.reduce((sum, name) => sum + taxes[name], taxes.gst.total));
});
