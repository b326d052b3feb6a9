// Tells the ending of a basket: to the app whose webview this is, and to the page that opened this window. Each state is told once.

const remembered = new Set();
const known = (key) => {
  try {
    return remembered.has(key) || sessionStorage.getItem(key) !== null;
  } catch {
    return false; // a webview without storage is told again when the page is opened again, which does no harm
  }
};
const remember = (key) => {
  remembered.add(key);
  try {
    sessionStorage.setItem(key, "1");
  } catch {
    // As above.
  }
};

const listeners = (origin) => {
  const senders = bridges.found().map(([, send]) => send);
  if (origin && window.opener) senders.push((text) => window.opener.postMessage(text, origin));
  return senders;
};

let telling = false;

async function tell() {
  const place = document.getElementById("ending");
  if (!place || telling) return;
  const { ending, status, origin, back } = place.dataset;
  const hear = listeners(origin);
  const tellingKey = `told ${ending} ${status}`;
  const backKey = `led ${ending} ${status}`;
  if (hear.length && !known(tellingKey)) {
    telling = true;
    try {
      const answer = await fetch(ending, { method: "POST" });
      if (!answer.ok) return;
      const text = await answer.text();
      remember(tellingKey); // not before: the next page tells what this one was left in the middle of
      for (const send of hear) send(text);
    } finally {
      telling = false;
    }
  }
  // The button beside it stays: an app's own address may only be opened by a press.
  if (back && !known(backKey)) {
    remember(backKey);
    location.assign(back);
  }
}

tell().catch(() => {});
// The receipt puts fresh parts in place of old ones when it hears news.
new MutationObserver(() => tell().catch(() => {})).observe(document.getElementById("main"), { childList: true, subtree: true });
