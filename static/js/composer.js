// The composer, smoother: rows change in place, fields that do not apply step aside, totals follow the typing.
// Rows, lines and totals are always the server's; this file only fetches and places them.

let form = document.querySelector("[data-composer]");
let typing = 0;
let request = null;
let turn = Promise.resolve();
let changing = 0;
let handedOffAt = -Infinity;

const inputs = (slip, field) => slip.querySelectorAll(`[name$="-${field}"]`);

function chosen(slip, field) {
  const all = [...inputs(slip, field)];
  return (all.find((input) => input.checked) ?? all[0])?.value;
}

// A field steps aside while it is empty and nothing chosen in its slip calls for it. With a value it stays: it is an error to see.
function stepAside(root) {
  const calls = JSON.parse(form.dataset.composer);
  for (const field of root.querySelectorAll("[data-steps-aside]")) {
    const slip = field.closest("details");
    const input = field.querySelector("input");
    const applies = calls[input.name.split("-")[2]].split(" ").some((choice) => {
      const [name, value] = choice.split(":");
      return chosen(slip, name) === value;
    });
    const stays = input.value.trim() !== "" || input.matches("[aria-invalid]") || input === document.activeElement;
    field.hidden = !applies && !stays;
    field.classList.toggle("unasked", !applies && stays);
    field.querySelector(".hint").hidden = applies;
  }
}

async function ask(body) {
  request?.abort();
  request = new AbortController();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const { signal } = request;
  const answer = await fetch(form.getAttribute("action"), { method: "POST", headers, body, signal });
  if (!answer.ok) throw new Error(answer.status);
  const text = await answer.text();
  await presses.over();
  signal.throwIfAborted();
  return new DOMParser().parseFromString(text, "text/html");
}

// What the form holds, as a press of a button sends it. The order line and the box for a list are only read when that is asked for.
function formBody(button, line = "") {
  const data = new FormData(form);
  data.set("order_line", line);
  data.delete("file");
  if (button.value === "update") data.delete("paste");
  data.set(button.name, button.value);
  return new URLSearchParams(data).toString();
}

// Rows were added, removed or moved: the whole form is the new one. What was typed meanwhile goes along, by asking again;
// only an order on its way frees its line for the next one.
async function change(button) {
  const adds = button.value === "add";
  const line = form.elements.order_line.value;
  if (adds) form.elements.order_line.value = "";
  const now = () => formBody(button, adds ? line : form.elements.order_line.value);
  let sent, next;
  try {
    do {
      sent = now();
      next = await ask(sent);
    } while (sent !== now());
  } catch (error) {
    if (adds) form.elements.order_line.value = line;
    throw error;
  }
  clearTimeout(typing);
  const fresh = next.querySelector("[data-composer]");
  if (!fresh) throw new Error("another page"); // the preview of a long list
  place(next, ".foot-words");
  const focus = fresh.querySelector("[autofocus]");
  focus?.removeAttribute("autofocus");
  if (adds) fresh.elements.order_line.value = [fresh.elements.order_line.value, form.elements.order_line.value].filter(Boolean).join(" ");
  form.replaceWith(fresh);
  start(fresh);
  focus?.focus();
}

// Something was typed: only what is worked out from it is new, so that nobody loses their place.
async function update() {
  if (changing) return; // its answer has the totals too, and asking now would cut it off
  const next = await ask(formBody({ name: "action", value: "update" }));
  place(next, "summary.slip-line", (part, fresh) => {
    const wrong = part.querySelector(".fix"); // stays until the next check
    part.innerHTML = fresh.innerHTML;
    if (!wrong) return;
    part.querySelector(".worth")?.remove();
    part.querySelector(".chevron").before(wrong);
  });
  place(next, "[id$=tradingsymbol-hint], label[for$=-price], #count, #facts, #hours, .foot-words span");
  if (!document.getElementById("faults")) place(next, ".foot-words b");
  // Questions and the panel for an amount come and go; while they stand, nobody loses their place in them.
  place(next, "#sequence, #amounts, #protection", (part, fresh) => asks(part) === asks(fresh) || (part.innerHTML = fresh.innerHTML));
  place(next, "#market-title, #market-says, #market-offers, #market-kept, #amount-weights label");
  place(next, ".with-percents input", (part, fresh) => ["aria-invalid", "aria-describedby"].forEach((name) => putAttribute(part, name, fresh.getAttribute(name))));
  placeBelow(next);
  place(next, ".slip:has(> details)", (part, fresh) => (part.className = fresh.className));
}

// The names of what can be typed into a part of the page.
const asks = (part) => [...part.querySelectorAll("input:not([type=hidden])")].map((input) => input.name).join();

function place(next, selector, put = (part, fresh) => (part.innerHTML = fresh.innerHTML)) {
  const parts = document.querySelectorAll(selector);
  const fresh = next.querySelectorAll(selector);
  if (parts.length === fresh.length) parts.forEach((part, index) => put(part, fresh[index]));
}

const putAttribute = (part, name, value) => (value === null ? part.removeAttribute(name) : part.setAttribute(name, value));

// What comes and goes below a field with what is typed: what is pointed out, and a quantity in lots.
function placeBelow(next) {
  const below = ".field > .care, [id$=-quantity-hint]";
  form.querySelectorAll(below).forEach((part) => part.remove());
  for (const part of next.querySelectorAll(below)) {
    const input = document.getElementById(part.id.replace(/-[a-z]+$/, ""));
    input?.closest(".field").append(part);
    const tied = new Set(input?.getAttribute("aria-describedby")?.split(" "));
    input?.setAttribute("aria-describedby", [...tied.add(part.id)].join(" "));
  }
}

// Fields that search the catalogue. The role is a promise that only scripts keep; what keeps it is loaded with the first focus.
function dress(input) {
  const promised = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "options-list" };
  for (const [name, value] of Object.entries(promised)) input.setAttribute(name, value);
  const load = () => import(form.dataset.search).catch(() => {}); // without it the field is a plain one
  input.addEventListener("focus", load);
  if (input === document.activeElement) load();
}

function start(root) {
  form = root;
  stepAside(form);
  form.querySelectorAll("[name$=-tradingsymbol], [name=order_line]").forEach(dress);
  form.addEventListener("input", (event) => {
    if (event.target.matches("[name=order_line], [name=paste], #amounts *")) return;
    stepAside(form);
    clearTimeout(typing);
    // A total that is late is no fault; the next one will come.
    typing = setTimeout(() => update().catch(() => {}), 300);
  });
  form.addEventListener("focusout", () => setTimeout(() => stepAside(form)));
  form.addEventListener("submit", (event) => {
    let button = event.submitter;
    if (!button) return;
    const line = form.elements.order_line;
    if (button.value === "update" && line === document.activeElement && line.value.trim()) button = form.querySelector("button[value=add]");
    if (button.value === "publish") return; // it leads to another page
    if (button.value === "hand_off") {
      // The second press of a double click would stop the answer to the first.
      if (event.timeStamp - handedOffAt < 2000) event.preventDefault();
      else handedOffAt = event.timeStamp;
      return;
    }
    // A file goes to a page of its own, and comes from the browser itself.
    if (button.value.startsWith("export-") || (button.value === "import" && form.elements.file.files.length)) return;
    event.preventDefault();
    if (button.value === "update") return void update().catch(() => {});
    // A second press waits for the answer to the first.
    changing += 1;
    turn = turn.then(() => change(button)).catch(() => submitPlainly(button)).finally(() => (changing -= 1));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(event.target.name === "paste" ? "button[value=import]" : "button[value=add]"));
    }
  });
}

// Without an answer the browser itself sends the form, and shows what is wrong.
function submitPlainly({ name, value }) {
  const pressed = document.createElement("input");
  Object.assign(pressed, { type: "hidden", name, value });
  form.append(pressed);
  form.submit();
}

// A page that one came back to holds what was typed, and the totals of an earlier moment.
addEventListener("pageshow", () => {
  if (!form) return;
  stepAside(form);
  const typed = [...form.querySelectorAll("input:not([type=hidden]):not([name=order_line])")];
  const chose = [...form.querySelectorAll("option")].some((option) => option.selected !== option.defaultSelected && option.parentElement.querySelector("[selected]"));
  if (chose || typed.some((input) => input.value !== input.defaultValue || input.checked !== input.defaultChecked)) update().catch(() => {});
});

if (form) start(form);
