import assert from "node:assert/strict";
import { test } from "node:test";
import { KiteConnect } from "kiteconnect";
import { KEY, MORNING, SECRET, URL_OF, approve, client, during, logIn, loggedIn, refusal } from "./simulator.js";

test("login leads back with a token that opens a session", async () => {
  const connect = client();
  assert.equal(connect.getLoginURL(), `${URL_OF}/connect/login?api_key=${KEY}&v=3`);
  const back = await approve(`${connect.getLoginURL()}&redirect_params=some%3DX%26more%3DY`);
  assert.deepEqual([...back.keys()], ["action", "type", "status", "request_token", "some", "more"]);
  assert.deepEqual(["status", "some", "more"].map((name) => back.get(name)), ["success", "X", "Y"]);
  const session = await connect.generateSession(back.get("request_token"), SECRET);
  assert.deepEqual([session.user_id, session.api_key, session.refresh_token], ["AB1234", KEY, ""]);
  assert.ok(session.login_time instanceof Date);
  assert.equal(session.login_time.toDateString(), MORNING.toDateString());
  assert.equal(connect.access_token, session.access_token);
  assert.equal((await connect.getProfile()).user_id, "AB1234");
});

test("token is good for one exchange", async () => {
  const connect = client();
  const token = (await approve(connect.getLoginURL())).get("request_token");
  assert.deepEqual(await refusal(connect.generateSession(token, "another secret")), ["TokenException", "Invalid `checksum`."]);
  await connect.generateSession(token, SECRET);
  assert.deepEqual(await refusal(connect.generateSession(token, SECRET)), ["TokenException", "Token is invalid or has expired."]);
});

test("unknown key is an input exception", async () => {
  const wrong = new KiteConnect({ api_key: "another_key", root: URL_OF });
  assert.deepEqual(await refusal(wrong.generateSession("r".repeat(32), SECRET)), ["InputException", "Invalid `api_key`."]);
});

test("session that was ended calls the hook", async () => {
  const connect = client();
  await logIn(connect);
  let ended = 0;
  connect.setSessionExpiryHook(() => (ended += 1));
  assert.equal(await connect.invalidateAccessToken(), true);
  assert.deepEqual(await refusal(connect.getOrders()), ["TokenException", "Incorrect `api_key` or `access_token`."]);
  assert.equal(ended, 1);
});

test("session is renewed by a refresh token until that is ended", () =>
  during({ action: "switch", name: "refresh_tokens", value: "on" }, async () => {
    const connect = client();
    const first = await logIn(connect);
    const renewed = await connect.renewAccessToken(first.refresh_token, SECRET);
    assert.equal(connect.access_token, renewed.access_token);
    assert.notEqual(renewed.access_token, first.access_token);
    assert.equal((await connect.getProfile()).user_name, "Demo Client");
    assert.equal(await connect.invalidateRefreshToken(first.refresh_token), true);
    assert.equal((await refusal(connect.renewAccessToken(first.refresh_token, SECRET)))[0], "TokenException");
  }));

test("profile and funds", async () => {
  const connect = await loggedIn();
  const profile = await connect.getProfile();
  assert.deepEqual([profile.user_id, profile.broker, profile.avatar_url], ["AB1234", "ZERODHA", null]);
  const whole = await connect.getMargins();
  assert.deepEqual(Object.keys(whole).sort(), ["commodity", "equity"]);
  assert.deepEqual(await connect.getMargins(connect.MARGIN_EQUITY), whole.equity);
  assert.equal(whole.equity.available.opening_balance, 10000000);
  assert.equal((await connect.getMargins(connect.MARGIN_COMMODITY)).net, 0);
  assert.deepEqual(await refusal(connect.getMargins("currency")), ["InputException", "Invalid `segment`."]);
});

test("postback that came is valid with the secret and with no other", async () => {
  const postback = JSON.parse(process.env.POSTBACK);
  const connect = client();
  assert.equal(connect.validatePostback(postback, SECRET), true);
  assert.equal(connect.validatePostback(postback, "another secret"), false);
  assert.equal(connect.validatePostback({ ...postback, order_id: "1" }, SECRET), false);
  assert.equal(connect.validatePostback(JSON.parse(process.env.FORGED), SECRET), false);
});
