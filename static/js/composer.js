// The composer, smoother: rows change in place, fields that do not apply step aside, totals follow the typing.
// Rows, lines and totals are always the server's; this file only fetches and places them.

let form = document.querySelector("[data-composer]");
let typing = 0;
let asked = null;
let turn = Promise.resolve();
let changing = 0;
let left = -Infinity;

const inputs = (slip, field) => slip.querySelectorAll(`[name$="-${field}"]`);

function chosen(slip, field) {
  const all = [...inputs(slip, field)];
  return (all.find((input) => input.checked) ?? all[0])?.value;
}

// A field steps aside while it is empty and nothing chosen in its slip calls for it. With a value it stays: it is an error to see.
function stepAside(root) {
  for (const field of root.querySelectorAll("[data-applies]")) {
    const slip = field.closest("details");
    const applies = field.dataset.applies.split(" ").some((choice) => {
      const [name, value] = choice.split(":");
      return chosen(slip, name) === value;
    });
    const input = field.querySelector("input");
    const kept = input.value.trim() !== "" || input.matches("[aria-invalid]") || input === document.activeElement;
    field.hidden = !applies && !kept;
    field.classList.toggle("unasked", !applies && kept);
    field.querySelector(".hint").hidden = applies;
  }
}

async function ask(body) {
  asked?.abort();
  asked = new AbortController();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await fetch(form.getAttribute("action"), { method: "POST", headers, body, signal: asked.signal });
  if (!answer.ok) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function written(action) {
  const data = new FormData(form);
  data.set("action", action);
  return new URLSearchParams(data).toString();
}

// Rows were added, removed or moved: the whole form is the new one. What was typed meanwhile goes along, by asking again.
async function change(action) {
  let sent, next;
  do {
    sent = written(action);
    next = await ask(sent);
  } while (sent !== written(action));
  clearTimeout(typing);
  place(next, ".foot-words");
  const fresh = next.querySelector("[data-composer]");
  const focus = fresh.querySelector("[autofocus]");
  focus?.removeAttribute("autofocus");
  form.replaceWith(fresh);
  start(fresh);
  focus?.focus();
}

// Something was typed: only what is worked out from it is new, so that nobody loses their place.
async function update() {
  if (changing) return; // its answer has the totals too, and asking now would cut it off
  const next = await ask(written("update"));
  place(next, "summary.slip-line", (part, fresh) => {
    const wrong = part.querySelector(".fix"); // stays until the next check
    part.innerHTML = fresh.innerHTML;
    if (!wrong) return;
    part.querySelector(".worth")?.remove();
    part.querySelector(".chevron").before(wrong);
  });
  place(next, "[id$=tradingsymbol-hint], #count, #facts, .foot-words span");
  if (!document.getElementById("faults")) place(next, ".foot-words b");
  place(next, ".slip:has(> details)", (part, fresh) => (part.className = fresh.className));
}

function place(next, selector, put = (part, fresh) => (part.innerHTML = fresh.innerHTML)) {
  const parts = document.querySelectorAll(selector);
  const fresh = next.querySelectorAll(selector);
  if (parts.length === fresh.length) parts.forEach((part, index) => put(part, fresh[index]));
}

function start(root) {
  form = root;
  stepAside(form);
  form.addEventListener("input", () => {
    stepAside(form);
    clearTimeout(typing);
    // A total that is late is no fault; the next one will come.
    typing = setTimeout(() => update().catch(() => {}), 300);
  });
  form.addEventListener("focusout", () => setTimeout(() => stepAside(form)));
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) return;
    if (button.value === "hand_off") {
      // The second press of a double click would record the basket twice.
      if (event.timeStamp - left < 2000) event.preventDefault();
      else left = event.timeStamp;
      return;
    }
    event.preventDefault();
    if (button.value === "update") return void update().catch(() => {});
    // A second press waits for the answer to the first.
    changing += 1;
    turn = turn.then(() => change(button.value)).catch(() => submitPlainly(button.value)).finally(() => (changing -= 1));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[value=add]"));
    }
  });
}

// Without an answer the browser itself sends the form, and shows what is wrong.
function submitPlainly(value) {
  const action = document.createElement("input");
  Object.assign(action, { type: "hidden", name: "action", value });
  form.append(action);
  form.submit();
}

// A page that one came back to holds what was typed, and the totals of an earlier moment.
addEventListener("pageshow", () => {
  if (!form) return;
  stepAside(form);
  const typed = [...form.querySelectorAll("input:not([type=hidden])")];
  if (typed.some((input) => input.value !== input.defaultValue || input.checked !== input.defaultChecked)) update().catch(() => {});
});

if (form) start(form);
