// Beside the order value: what Kite says the basket needs. Asked after the page is there, and again when something was typed.
// The figures and their words are the server's; without an answer the button that asks for them by itself comes back.

let request = null;
let typing = 0;
let last = "";
let open = false;

function put(box, markup) {
  box.innerHTML = markup;
  const details = box.querySelector("details");
  if (details) details.open = open;
}

async function ask() {
  const box = document.getElementById("money");
  const offer = document.getElementById("money-offer");
  if (!box) return;
  const form = box.closest("form");
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "paste" && name !== "order_line");
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  if (last && !box.childElementCount) put(box, last); // the form is a new one; the figures of a moment ago stand until the next
  if (!box.childElementCount && !offer.hidden) box.innerHTML = `<p class="hint">${box.dataset.asking}</p>`;
  box.setAttribute("aria-busy", "true");
  offer.hidden = true;
  try {
    const answer = await fetch("/money", { method: "POST", body: new URLSearchParams(fields), signal });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    await presses.over();
    signal.throwIfAborted();
    last = text.trim();
    put(box, last);
  } catch {
    if (signal.aborted) return;
    last = "";
    box.replaceChildren();
    offer.hidden = false;
  }
  box.removeAttribute("aria-busy");
}

// A page or a form that came with figures, because the button asked for them, needs no others.
function begin() {
  const box = document.getElementById("money");
  if (box?.querySelector("dl")) last = box.innerHTML.trim();
  else ask();
}

function soon() {
  clearTimeout(typing);
  typing = setTimeout(ask, 700);
}

const form = document.getElementById("basket");
document.addEventListener("input", (event) => {
  if (event.target.closest("#basket") && !event.target.matches("[name=order_line], [name=paste]")) soon();
});
document.addEventListener("toggle", ({ target }) => target.parentElement?.id === "money" && (open = target.open), true);
// Rows that were added, moved or removed come as a new form in the place of the old one.
new MutationObserver(begin).observe(form.parentElement, { childList: true });
addEventListener("pageshow", ({ persisted }) => (persisted ? ask() : begin()));
