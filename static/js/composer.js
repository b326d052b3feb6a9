// The composer, smoother: rows change in place, fields that do not apply step aside, totals follow the typing.
// Rows, lines and totals are always the server's; this file only fetches and places them.

let form = document.querySelector("[data-composer]");
let typing = 0;
let asked = null;
let turn = Promise.resolve();
let changing = 0;

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

async function ask(data) {
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(data), signal: asked.signal });
  if (!answer.ok) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function formData(action) {
  const data = new FormData(form);
  data.set("action", action);
  return data;
}

// Rows were added, removed or moved: the whole form is the new one.
async function change(action) {
  const next = await ask(formData(action));
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
  const next = await ask(formData("update"));
  place(next, ".slip-line, [id$=tradingsymbol-hint], #count, #facts, .foot-words");
  place(next, ".slips > ol > .slip", (part, fresh) => (part.className = fresh.className));
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
    if (!button || button.value === "hand_off") return;
    event.preventDefault();
    if (button.value === "update") return void update().catch(() => {});
    // A second press waits for the answer to the first.
    changing += 1;
    turn = turn.then(() => change(button.value)).catch(() => submitPlainly(button.value)).finally(() => (changing -= 1));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[value=add]"));
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

if (form) start(form);
