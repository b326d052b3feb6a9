// The button builder: shows the button anew when a field changes, and copies its lines.

const forms = document.querySelectorAll("[data-builder]");

const offerCopies = () => {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
};

let newest = 0;
async function show(form) {
  const mine = ++newest;
  const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fetch(address);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  await presses.over();
  if (mine !== newest) return;
  document.getElementById("made").replaceChildren(...page.getElementById("made").childNodes);
  history.replaceState(null, "", address);
  offerCopies();
}

for (const form of forms) form.addEventListener("change", () => show(form).catch(() => {}));

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const lines = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(lines.value);
    button.textContent = button.dataset.copied;
  } catch {
    lines.select(); // then it is a key away
  }
});

offerCopies();
