// The symbol of a row and the order line as comboboxes: the catalogue is searched while one types, after the ARIA pattern of an
// editable field with a list. One list serves all of them, and outlives the form, which composer.js replaces; that file also says
// which fields are comboboxes, and loads this one.

const QUIET = 150; // milliseconds without a key, then the catalogue is asked
const MOST = 8; // instruments in the list
const GAP = 6; // pixels between field and list
const LONGEST = 50; // letters that are asked for; nothing has a longer name
const COMBOBOX = "[role=combobox]";

const box = document.getElementById("options");
const [note, list] = box.children;
const announcement = document.getElementById("options-told");
const words = box.dataset;
const [orderWords, names, leads, exchanges, shares, shared] = words.known.split(";").map((group) => group.split(" "));

let field = null; // the one that has the list
let instruments = [];
let active = -1;
let timer = 0;
let waiting = false; // for the answer to what stands in the field now
let request = null;
let choosing = false;

const element = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });
const isLine = (input) => input.name === "order_line";

// What is asked for, and where in the field it stands.
const sought = (input) => (isLine(input) ? inLine(input.value) : { q: input.value.trim(), exchange: "", start: 0, end: input.value.length });

// In an order line: the words that say nothing else, in one run, like "nifty 24500 ce" in "sell 75 nifty 24500 ce @ 120".
function inLine(text) {
  const line = [...text.matchAll(/@|[^\s@₹]+/g)].map((match) => {
    const plain = match[0].toUpperCase().replace(/[.,;]+$/, "");
    return { plain, start: match.index, end: match.index + match[0].length, number: /^[-+]?[\d.,]+$/.test(plain) };
  });
  line.forEach((word, at) => (word.isOrderWord = [...orderWords, ...leads].includes(word.plain) || leads.includes(line[at - 1]?.plain)));
  const isName = (word) => !word.isOrderWord && !word.number;
  // Words like IOC are symbols too, in a line that has no other.
  const other = line.some((word) => isName(word) && !names.includes(word.plain));
  if (other) line.forEach((word) => (word.isOrderWord ||= names.includes(word.plain)));
  const first = line.findIndex(isName);
  if (first < 0) return null;
  let last = first;
  while (line[last + 1] && !line[last + 1].isOrderWord) last += 1;
  // A number at the end is the quantity, unless that was said before.
  const counted = line.slice(0, first).some((word) => word.number && !word.isOrderWord);
  while (!counted && line[last].number) last -= 1;
  const run = line.slice(first, last + 1).map((word) => word.plain).join(" ");
  const [, prefix = "", q] = run.match(/^(?:([A-Z]+):)?(.*)$/);
  const exchange = prefix || line.find((word) => word.isOrderWord && exchanges.includes(word.plain))?.plain || "";
  return { q, exchange, start: line[first].start + (prefix && prefix.length + 1), end: line[last].end };
}

// `enter`: a key opened the list, and goes to its first instrument.
function search(input, enter = false) {
  forget();
  const part = sought(input);
  const caret = input.selectionEnd;
  if (!part?.q || part.q.length > LONGEST || caret < part.start || caret > part.end) return close();
  waiting = true;
  timer = setTimeout(() => ask(input, part, enter), enter ? 0 : QUIET);
}

// What is on its way answers something that does not stand there any more.
function forget() {
  clearTimeout(timer);
  request?.abort();
  waiting = false;
  activate(-1);
}

async function ask(input, { q, exchange }, enter) {
  const { signal } = (request = new AbortController());
  const query = new URLSearchParams({ q, limit: MOST, traded: 1, ...(exchange && { exchange }) });
  let answer = null;
  try {
    const response = await fetch(`${words.source}?${query}`, { signal });
    answer = response.ok && (await response.json());
  } catch {
    // Without an answer the field is a plain one.
  }
  if (signal.aborted) return;
  waiting = false;
  if (answer) show(input, q, answer, enter);
  else close();
}

function show(input, q, { items, nearest = [] }, enter) {
  instruments = items.length ? items : nearest;
  note.hidden = items.length > 0;
  note.textContent = instruments.length ? words.nearest : words.none;
  announcement.textContent = items.length ? words.found.replace("{}", instruments.length) : [note.textContent, ...instruments.map((item) => item.tradingsymbol)].join(" ");
  const parts = q.split(/\s+/).map((part) => part.replace(/[^\p{L}\p{N}]/gu, "\\$&"));
  const pattern = new RegExp(`(${parts.sort((a, b) => b.length - a.length).join("|")})`, "i");
  list.replaceChildren(...instruments.map((item, at) => option(item, at, pattern)));
  list.hidden = !instruments.length;
  open(input);
  if (enter && instruments.length) activate(0);
}

function option(item, at, pattern) {
  const row = element("li");
  row.id = `option-${at}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.append(marked("span", item.tradingsymbol, pattern), " ", element("i", item.exchange), " ", marked("small", about(item), pattern));
  return row;
}

function about({ name, expiry, lot_size: lot }) {
  const text = expiry ? words.expires.replace("{}", day(new Date(`${expiry}T00:00`))) : name;
  return lot > 1 ? `${text}, ${words.lot.replace("{}", lot)}` : text;
}

function day(date) {
  const month = date.toLocaleDateString(document.documentElement.lang, { month: "short" });
  const year = date.getFullYear();
  return `${date.getDate()} ${month}${year === new Date().getFullYear() ? "" : ` ${year}`}`;
}

function marked(name, text, pattern) {
  const whole = element(name);
  // A split by a group has what matched at every second place.
  whole.append(...text.split(pattern).map((piece, at) => (at % 2 ? element("b", piece) : piece)));
  return whole;
}

// The list stands below its field, or above where there is no room below.
function open(input) {
  field = input;
  field.closest(".field").append(box);
  field.setAttribute("aria-expanded", String(!list.hidden));
  box.hidden = false;
  const { top, bottom } = field.getBoundingClientRect();
  const below = visualViewport.height - document.querySelector(".foot").offsetHeight - bottom;
  const above = below < box.offsetHeight + GAP && top > box.offsetHeight + GAP;
  box.style.top = `${field.offsetTop + (above ? -box.offsetHeight - GAP : field.offsetHeight + GAP)}px`;
}

const isOpen = (input) => !box.hidden && input === field;

function close() {
  forget();
  if (box.hidden) return;
  box.hidden = true;
  field.setAttribute("aria-expanded", "false");
  document.body.append(box);
}

function activate(at) {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = at;
  const row = list.children[active];
  if (!row) return void field?.removeAttribute("aria-activedescendant");
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", row.id);
}

// The instrument takes the place of the words that it was sought by, and the rest of its row follows it.
function choose(item) {
  const { start, end, exchange } = sought(field);
  const named = isLine(field) && !exchange && shared.includes(item.exchange);
  field.setRangeText(named ? `${item.exchange}:${item.tradingsymbol}` : item.tradingsymbol, start, end, "end");
  announcement.textContent = `${item.tradingsymbol}, ${item.exchange}`;
  if (!isLine(field)) fill(item);
  choosing = true;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  choosing = false;
  close();
}

function fill({ exchange, lot_size: lot }) {
  const row = (name) => field.form.elements[field.name.replace("tradingsymbol", name)];
  const [product, quantity] = [row("product"), row("quantity")];
  const [wrong, right] = shares.includes(exchange) ? ["NRML", "CNC"] : ["CNC", "NRML"];
  row("exchange").value = exchange;
  if (!quantity.value.trim() && lot > 1) quantity.value = lot;
  document.getElementById(`${product.id}-changed`)?.remove();
  if (product.value !== wrong) return;
  product.value = right;
  tell(product, words[wrong.toLowerCase()]);
}

// What was changed along is said below its field, until it is chosen anew.
function tell(control, text) {
  const hint = Object.assign(element("p", text), { id: `${control.id}-changed`, className: "hint" });
  control.after(hint);
  if (!control.matches("[aria-invalid]")) control.setAttribute("aria-describedby", hint.id);
  control.addEventListener("input", () => hint.remove(), { once: true });
  announcement.textContent += `. ${text}`;
}

// What a key does in a combobox; of others, nothing.
function press(key, input) {
  const last = instruments.length - 1;
  const listed = isOpen(input) && !waiting && last >= 0;
  if (key === "Escape" && isOpen(input)) return close;
  if (key === "ArrowDown") return listed ? () => activate(active < last ? active + 1 : 0) : () => search(input, true);
  if (key === "ArrowUp" && listed) return () => activate(active > 0 ? active - 1 : last);
  if (!listed || active < 0) return null;
  return { Enter: () => choose(instruments[active]), Home: () => activate(0), End: () => activate(last) }[key];
}

document.addEventListener("input", ({ target }) => !choosing && target.matches(COMBOBOX) && search(target));
document.addEventListener("keydown", (event) => {
  const plain = !(event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const act = plain && event.target.matches(COMBOBOX) && press(event.key, event.target);
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("focusout", close);
document.addEventListener("submit", close);
// A press on the list leaves the focus in the field.
box.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", ({ target }) => {
  const row = target.closest("li");
  if (row) choose(instruments[[...list.children].indexOf(row)]);
});

// Somebody was faster than this file.
const typing = document.activeElement;
if (typing.matches(COMBOBOX) && typing.value !== typing.defaultValue) search(typing);
