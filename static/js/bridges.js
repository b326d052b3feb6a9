// The bridges between a page and the app whose webview it is in: `bridges.names` has all that there are, `bridges.found()` those
// of this webview, as pairs of a name and a function that sends a text.
"use strict";
window.bridges = (() => {
  // A method of an app may only be called on its own object.
  const BRIDGES = [
    ["ReactNativeWebView", () => window.ReactNativeWebView, "postMessage"],
    ["webkit.messageHandlers.kite", () => window.webkit?.messageHandlers?.kite, "postMessage"],
    ["Android.kiteFinished", () => window.Android, "kiteFinished"],
  ];
  return {
    names: BRIDGES.map(([name]) => name),
    found: () =>
      BRIDGES.filter(([, object, method]) => object()?.[method]).map(([name, object, method]) => [name, (text) => object()[method](text)]),
  };
})();
