// Trade buttons: <kite-button>, data-kite, and the KiteConnect object of Kite's publisher.js.
// A press opens a window (on a phone it stays in this one) and posts the basket to the site that this file came from.
(() => {
  "use strict";
  if (window.KiteConnect?.embed) return;
  const site = new URL(document.currentScript.src).origin;
  const FIELDS = "__FIELDS__".split(" "); // by the server
  const MOST = 50, TWICE = 1000, LOOK = 300, LISTEN = 5000, PATIENCE = 2400000;
  const KEY = "kite:pressed";
  const handheld = () => /Android|iPhone|iPad|iPod|Mobile|; wv/i.test(navigator.userAgent) || (navigator.maxTouchPoints > 1 && /Mac/.test(navigator.userAgent));
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
  const create = (name, given, ...inside) => {
    const made = Object.assign(document.createElement(name), given);
    made.append(...inside);
    return made;
  };
  const form = (fields, given) =>
    create("form", { method: "post", action: `${site}/embed/start`, ...given }, ...Object.entries(fields).map(([name, value]) => {
      const field = create("input", { type: "hidden", name });
      field.setAttribute("value", value);
      return field;
    }));

  // One press. `tell` hears how it ends.
  let pressed = 0;
  function press(fields, tell) {
    if (Date.now() - pressed < TWICE) return; // a double click is one press
    pressed = Date.now();
    const handle = random();
    const name = `kite-${handle}`;
    const size = `popup,width=${Math.max(500, Math.min(900, screen.width / 2))},height=${Math.min(800, screen.height)}`;
    const opened = handheld() ? null : window.open("", name, size);
    if (!opened) keep(handle);
    const own = opened ? {} : { page: location.href.split("#")[0] };
    const sent = form({ ...fields, ...own, handle }, { target: opened ? name : "_self", hidden: true });
    document.body.append(sent);
    sent.submit();
    sent.remove();
    if (opened) watch(opened, handle, pressed, tell);
  }

  // In one and the same window this page is left, and hears the ending when it is open again.
  // The ear of a script in the body is gone when Turbo swaps that.
  const ears = new Map();
  const body = () => document.currentScript?.closest("body");
  const say = (hear, page, { status, code, execution_id }) => page?.isConnected !== false && hear?.(status, code, execution_id);
  let recalled = "", late, owner;
  const storage = (act) => {
    try {
      return act(sessionStorage);
    } catch {} // without storage nobody can tell; the receipt can
  };
  const keep = (handle) => storage((kept) => kept.setItem(KEY, `${handle} ${pressed}`));
  function recall() {
    const [handle, began] = (storage((kept) => kept.getItem(KEY)) ?? "").split(" ");
    if (!handle || handle === recalled) return;
    recalled = handle;
    watch({ closed: true }, handle, Number(began), (said) => tellAll((late = { ...said, page: document.body })));
  }
  addEventListener("pageshow", recall);
  if (document.readyState === "complete") recall();

  const tellAll = (said, from) => {
    for (const ear of ears) say(...ear, said);
    announce(said, from);
  };
  const announce = ({ status, code, execution_id }, from) =>
    (from?.isConnected ? from : document).dispatchEvent(new CustomEvent("kite:finished", { bubbles: true, composed: true, detail: { status, code, execution_id } }));

  // Each ending is told once; after unknown, and after a cancel, the truth may follow.
  function watch(opened, handle, began, tell) {
    let last, done, busy, next = 0;
    const hear = (said) => {
      if (done || said.status === last) return;
      last = said.status;
      if (last === "success") end();
      tell(said);
    };
    const message = (event) => {
      if (event.origin !== site || event.source !== opened || typeof event.data !== "string") return;
      const said = JSON.parse(event.data);
      if (said.type === "basket") hear(said);
    };
    // The window may lose its opener at Kite, or be closed: then the server says what it has heard.
    const ask = async () => {
      try {
        const answer = await fetch(`${site}/embed/result?handle=${handle}`, { credentials: "omit" });
        if (answer.ok) return await answer.json();
      } catch {}
      return { status: "unknown", code: null, execution_id: null };
    };
    const look = async () => {
      const closed = opened.closed, age = Date.now() - began;
      if (age > PATIENCE) return end();
      if (busy || (age < next && (last || !closed))) return;
      busy = true;
      const said = await ask();
      busy = false;
      next = age + Math.max(LISTEN, age / 10);
      if (closed || said.status !== "unknown") hear(said);
    };
    const end = () => {
      done = true;
      clearInterval(timer);
      removeEventListener("message", message);
      storage((kept) => kept.removeItem(KEY));
    };
    next = LISTEN;
    const timer = setInterval(look, LOOK);
    addEventListener("message", message);
  }

  const item = (element) => Object.fromEntries(FIELDS.map((name) => [name, element.getAttribute(`data-${name}`)]).filter(([, value]) => value !== null));
  const itemsOf = (element) => baskets.get(element)?.get() ?? [item(element)];
  // What a press sends, and where the same is found as a plain link.
  const posted = (element) => {
    const basket = element.getAttribute("data-basket");
    return basket ? { basket, amount: element.getAttribute("data-amount") ?? "" } : { items: JSON.stringify(itemsOf(element)) };
  };
  const address = ({ basket, amount, items }) =>
    site + (basket ? `/b/${encodeURIComponent(basket)}${amount ? `?amount=${encodeURIComponent(amount)}` : ""}` : `/?data=${encodeURIComponent(items)}`);

  const STYLE = `:host{display:inline-block;vertical-align:middle;max-width:100%;min-height:48px;color-scheme:inherit;--i:var(--kite-ink,light-dark(#14201b,#e9efeb));--s:var(--kite-sheet,light-dark(#fff,#171e1b));--q:var(--kite-quiet,light-dark(#51605a,#a5b3ac));--b:var(--kite-buy,light-dark(#1a4fb0,#93bbff));--c:var(--kite-sell,light-dark(#98400a,#ffb17e))}
:host([hidden]){display:none}
a{box-sizing:border-box;display:inline-flex;min-height:48px;max-width:100%;font:600 max(15px,.9375rem)/1.25 var(--kite-font,-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif);color:var(--i);background:var(--s);border:1px solid;border-radius:var(--kite-radius,4px);overflow:hidden;text-align:left;text-decoration:none;touch-action:manipulation}
a:hover{box-shadow:0 0 0 1px}
a:focus-visible{outline:3px solid var(--kite-focus,light-dark(#6527d8,#c9adff));outline-offset:2px}
i{flex:none;display:grid;place-items:center;box-sizing:border-box;min-width:70px;padding:0 10px;border-right:1px solid;font:inherit;font-weight:700;font-size:max(13px,.8125rem);letter-spacing:.06em}
.buy{border-color:var(--b)}
.buy i{color:var(--kite-on-buy,light-dark(#fff,#0b1a33));background:var(--b);border:0}
.sell{border-color:var(--c)}
.sell i{padding-left:18px;color:var(--c);background:repeating-linear-gradient(135deg,currentColor 0 2px,transparent 2px 5px) 0/9px no-repeat}
.basket i::before{content:"";width:30px;height:27px;background:linear-gradient(var(--b) 0 0) 0 0/30px 7px no-repeat,linear-gradient(var(--b) 0 0) 0 10px/30px 7px no-repeat,repeating-linear-gradient(135deg,var(--c) 0 2px,transparent 2px 5px) 0 20px/30px 7px no-repeat}
span{display:grid;align-content:center;min-width:0;padding:4px 14px;overflow-wrap:anywhere}
small{font-weight:400;font-size:max(13px,.8125rem);color:var(--q)}
@media(max-width:359px){i{min-width:56px;padding:0 6px}.sell i{padding-left:14px}span{padding:4px 8px}}
@media(forced-colors:active){i{forced-color-adjust:none}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  const name = ({ tradingsymbol = "", quantity = "", exchange }) => {
    const shares = /^(__SHARES__)$/.test(exchange) ? (quantity == 1 ? " share" : " shares") : "";
    return quantity ? `${tradingsymbol}, ${quantity}${shares}` : tradingsymbol;
  };
  const terms = ({ order_type = "MARKET", price, trigger_price }) =>
    [__TERMS__[order_type]?.replace("%", () => price) ?? order_type, trigger_price && `trigger ${trigger_price}`].filter(Boolean).join(", ");
  const sides = (items) => {
    const sells = items.filter((each) => /^sell$/i.test(each.transaction_type)).length;
    return [[items.length - sells, "buy"], [sells, "sell"]].filter(([count]) => count).map((each) => each.join(" ")).join(", ");
  };

  class Button extends HTMLElement {
    static observedAttributes = ["data-basket", "data-amount", "data-note", ...FIELDS.map((each) => `data-${each}`)];

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open", delegatesFocus: true }).adoptedStyleSheets = [sheet];
        this.shadowRoot.append(create("a", { part: "button" }));
      }
      this.draw();
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.draw();
    }

    draw() {
      const published = this.getAttribute("data-basket");
      const items = published ? [] : itemsOf(this);
      const [first = {}] = items;
      const kind = items.length !== 1 ? "basket" : /^sell$/i.test(first.transaction_type) ? "sell" : "buy";
      const said = kind === "basket" ? sides(items) : terms(first);
      // A link inside is for readers without scripts.
      const link = this.querySelector("a");
      const words = link ? link.textContent : kind === "basket" ? "Trade this basket" : name(first);
      const note = this.getAttribute("data-note") ?? `${said && `${said}. `}You approve in Kite`;
      const face = this.shadowRoot.firstChild;
      Object.assign(face, { className: kind, href: address(posted(this)) });
      face.replaceChildren(
        create("i", { ariaHidden: String(kind === "basket") }, kind === "basket" ? "" : kind.toUpperCase()),
        create("span", {}, link ? words : create("slot", { onslotchange: () => this.querySelector("a") && this.draw() }, words), create("small", {}, note)),
      );
    }
  }

  // The same function for all: whatever is linked twice is pressed once. On the document for what comes later.
  const baskets = new WeakMap(), taken = new WeakSet();
  const click = (event) => {
    const element = event.composedPath().find((each) => baskets.has(each) || each.matches?.("kite-button, [data-kite]"));
    if (!element || taken.has(event) || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    taken.add(event);
    event.preventDefault();
    const basket = baskets.get(element);
    if (basket) basket.connect(element);
    else press(posted(element), (said) => tellAll(said, element));
  };
  document.addEventListener("click", click);
  const all = (where) => (typeof where === "string" ? document.querySelectorAll(where) : [where]);

  class KiteConnect {
    #items = [];
    #heard = null;

    static embed = true;
    static ready(start) {
      const page = body();
      const begin = () => {
        owner = page;
        queueMicrotask(() => (owner = null));
        start();
      };
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
      else queueMicrotask(begin);
    }

    add(...items) {
      if (this.#items.length + items.length > MOST) return false;
      this.#items.push(...items.map((each) => ({ ...each })));
    }

    get() {
      return this.#items.map((each) => ({ ...each }));
    }

    count() {
      return this.#items.length;
    }

    clear() {
      this.#items = [];
    }

    remove(index) {
      this.#items.splice(index, 1);
    }

    setOption() {} // the key and the way back are this site's

    finished(hear) {
      ears.delete(this.#heard);
      ears.set((this.#heard = hear), owner ?? body());
      if (late) say(hear, late.page, late);
    }

    connect(from) {
      press({ items: JSON.stringify(this.#items) }, (said) => {
        say(this.#heard, null, said);
        announce(said, from);
      });
    }

    login() {
      this.connect();
    }

    link(where) {
      for (const element of all(where)) {
        baskets.set(element, this);
        element.addEventListener("click", click);
      }
    }

    renderButton(where) {
      for (const place of all(where)) {
        const button = document.createElement("kite-button");
        baskets.set(button, this);
        place.replaceChildren(button);
      }
    }

    html() {
      return form({ items: JSON.stringify(this.#items) }).outerHTML;
    }

    authHoldings(request, hear) {
      hear?.({ status: "unsupported" });
    }
  }
  window.KiteConnect = KiteConnect;
  if (!customElements.get("kite-button")) customElements.define("kite-button", Button);
})();
