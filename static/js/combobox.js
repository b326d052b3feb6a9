// The symbol of a row and the order line as comboboxes: the catalogue is searched while one types, after the ARIA pattern of an
// editable field with a list. One list serves all of them, and outlives the form, which composer.js replaces; that file also says
// which fields are comboboxes, and loads this one.

const QUIET = 150; // milliseconds without a key, then the catalogue is asked
const MOST = 8; // instruments in the list
const GAP = 6; // pixels between field and list
const LONGEST = 50, LONGEST_LINE = 300; // letters that are asked about: nothing has a longer name, and no order needs a longer line
const COMBOBOX = "[role=combobox]";

const box = document.getElementById("options");
const [note, list] = box.children;
const announcement = document.getElementById("options-told");
const words = box.dataset;
const shares = words.shares.split(" ");

let field = null; // the one that has the list
let instruments = [];
let answer = null; // the one that the list shows
let active = -1;
let timer = 0;
let waiting = false; // for the answer to what stands in the field now
let request = null;
let choosing = false;

const element = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });
const isLine = (input) => input.name === "order_line";

// `enter`: a key opened the list, and goes to its first instrument.
function search(input, enter = false) {
  // A new word of the line begins: until the answer is there, nobody knows whether it belongs to the instrument.
  if (isLine(input) && /\s$/.test(input.value.slice(0, input.selectionEnd))) close();
  else forget();
  const text = input.value.trim();
  if (!text || text.length > (isLine(input) ? LONGEST_LINE : LONGEST)) return close();
  waiting = true;
  timer = setTimeout(() => look(input, enter), enter ? 0 : QUIET);
}

// What is on its way answers something that does not stand there any more.
function forget() {
  clearTimeout(timer);
  request?.abort();
  waiting = false;
  activate(-1);
}

async function look(input, enter) {
  const fresh = await ask(input);
  if (!fresh) return;
  waiting = false;
  if (fresh.q && fresh.items) show(input, fresh, enter);
  else close();
}

// In an order line the server knows which words name the instrument at the caret; none do when its `q` is empty. Returns
// nothing when another question was asked meanwhile.
async function ask(input) {
  const { signal } = (request = new AbortController());
  const text = input.value;
  const asked = isLine(input) ? { line: text, caret: input.selectionEnd } : { q: text.trim() };
  let fresh = {};
  try {
    const response = await fetch(`${words.source}?${new URLSearchParams({ ...asked, limit: MOST, traded: 1 })}`, { signal });
    if (response.ok) fresh = await response.json();
  } catch {
    // Without an answer the field is a plain one.
  }
  return signal.aborted ? null : { q: text.trim(), ...fresh, text };
}

function show(input, fresh, enter) {
  answer = fresh;
  const { q, items, nearest = [] } = answer;
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
async function choose(item) {
  const input = field;
  let at = answer;
  if (isLine(input) && input.value !== at.text) { // the list is of a moment ago: the words may stand elsewhere now
    forget();
    at = await ask(input);
    if (!at?.q || at.end === undefined) return close();
  }
  input.setRangeText(item.written ?? item.tradingsymbol, at.start ?? 0, at.end ?? input.value.length, "end");
  announcement.textContent = `${item.tradingsymbol}, ${item.exchange}`;
  if (!isLine(input)) fill(input, item);
  choosing = true;
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  choosing = false;
  close();
}

function fill(input, { exchange, lot_size: lot }) {
  const row = (name) => input.form.elements[input.name.replace("tradingsymbol", name)];
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
