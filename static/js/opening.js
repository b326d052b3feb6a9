// The button that starts a published basket. The page knows no cookie, and that of a first press may still be on its way.
// So a random text says which presses one opening of the page made. Whoever comes back to the page opens it anew.

const field = document.querySelector("[data-opening]");
let pressed = null;

addEventListener("pageshow", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  field.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  pressed = null;
});

// The second press of a double click would stop the answer to the first.
field.form.addEventListener("submit", (event) => {
  if (pressed?.submitter === event.submitter && event.timeStamp - pressed.timeStamp < 2000) event.preventDefault();
  else pressed = event;
});
