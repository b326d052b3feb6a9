// Says when no press is under way. A script that puts new parts in place of old ones waits for that: a button that is exchanged
// between the pressing of a mouse, finger or key and its release is never pressed.
"use strict";
window.presses = (() => {
  const LONGEST = 10000; // milliseconds: a release that nobody heard of holds nothing up for ever
  const CLICK = 100; // milliseconds after the release within which browsers make a click of it
  const PRESSED = "a, button, summary, label, input, select";
  let timer = 0, leaving = false, waiting = [];

  const end = () => {
    clearTimeout(timer);
    timer = 0;
    leaving = false;
    for (const go of waiting.splice(0)) go();
  };
  const hold = (time) => {
    if (leaving) return;
    clearTimeout(timer);
    timer = setTimeout(end, time);
  };
  const begin = (event) => {
    if (event.target.closest?.(PRESSED)) hold(LONGEST);
  };
  const release = () => {
    if (timer) hold(CLICK);
  };

  addEventListener("pointerdown", begin, true);
  addEventListener("keydown", (event) => event.key === " " && begin(event), true); // Enter presses at once
  for (const type of ["pointerup", "pointercancel", "keyup"]) addEventListener(type, release, true);
  addEventListener("click", () => hold(0), true); // what it does is done first
  addEventListener("blur", release); // of the window: what is released elsewhere is not heard here
  addEventListener("pageshow", end);

  return {
    over: () => (timer ? new Promise((go) => waiting.push(go)) : Promise.resolve()),
    // A form of this page is on its way, and the next page will come in its place.
    leave() {
      hold(LONGEST);
      leaving = true;
    },
  };
})();
