// The phone's own share sheet, where there is one.

const button = document.querySelector("[data-share]");

if (button && navigator.share) {
  button.hidden = false;
  const url = document.querySelector("meta[property='og:url']").content;
  const title = document.querySelector("h1").textContent;
  // Whoever closes the sheet has shared nothing, which is no fault.
  button.addEventListener("click", () => navigator.share({ title, url }).catch(() => {}));
}
