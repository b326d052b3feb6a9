// Finds out what this webview can do, and writes it into the page's list.

const own = document.querySelector("script[data-fine]").dataset;

const storage = () => {
  try {
    sessionStorage.setItem("webview", "1");
    return sessionStorage.getItem("webview") === "1";
  } catch {
    return false;
  }
};

function say(name, passed, words = {}) {
  const line = document.querySelector(`[data-check="${name}"]`);
  const text = passed ? line.dataset.good : line.dataset.bad;
  line.querySelector(".verdict").textContent = passed ? own.fine : own.change;
  line.querySelector(".hint").textContent = Object.entries(words).reduce((sentence, [key, value]) => sentence.replace(`%(${key})s`, value), text);
}

const usable = bridges.found();
say("scripts", true);
say("storage", storage());
say("popups", typeof window.open === "function");
say("bridges", usable.length > 0, { found: usable.map(([name]) => name).join(", "), all: bridges.names.join(", ") });

// The page asks for itself once: what this webview sends along is what it would send to Kite.
if (!document.referrer && !location.hash) {
  location.replace(`${location.pathname}?tested=1&again=1#again`);
} else {
  say("referrer", document.referrer !== "");
}

const button = document.getElementById("try");
button.hidden = usable.length === 0;
button.onclick = () => {
  for (const [, send] of usable) send(JSON.stringify({ type: "basket", status: "unknown", code: null, execution_id: null }));
};
