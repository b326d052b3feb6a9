// Tells the ending of a basket: to the app whose webview this is, and to the page that opened this window. Each state is told once.

const told = (ending, status) => {
  const key = `told ${ending} ${status}`;
  try {
    if (sessionStorage.getItem(key)) return true;
    sessionStorage.setItem(key, "1");
  } catch {
    // A webview without storage is told again when the page is opened again, which does no harm.
  }
  return false;
};

const bridges = (origin) => {
  const found = [];
  if (window.ReactNativeWebView) found.push((text) => window.ReactNativeWebView.postMessage(text));
  if (window.webkit?.messageHandlers?.kite) found.push((text) => window.webkit.messageHandlers.kite.postMessage(text));
  if (window.Android?.kiteFinished) found.push((text) => window.Android.kiteFinished(text));
  if (origin && window.opener) found.push((text) => window.opener.postMessage(text, origin));
  return found;
};

async function tell() {
  const place = document.getElementById("ending");
  if (!place) return;
  const { ending, status, origin, back } = place.dataset;
  const hear = bridges(origin);
  if ((!hear.length && !back) || told(ending, status)) return;
  if (hear.length) {
    const answer = await fetch(ending, { method: "POST" });
    if (!answer.ok) return;
    const text = await answer.text();
    for (const send of hear) send(text);
  }
  // The button beside it stays: an app's own address may only be opened by a press.
  if (back) location.assign(back);
}

tell().catch(() => {});
// The receipt puts fresh parts in place of old ones when it hears news.
new MutationObserver(() => tell().catch(() => {})).observe(document.getElementById("main"), { childList: true, subtree: true });
