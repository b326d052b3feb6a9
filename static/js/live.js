// Keeps a receipt fresh: hears of news by server-sent events, asks for its own address again, and puts the answer in place
// of the old page when it changed. Without events (too many watch, an old browser) it asks every few seconds instead.
// Started by data-live="on" on <main>; ends when the answer says "off". Also shows the Print button.
"use strict";
(() => {
  const QUICK = 2000, SLOW = 10000, PATIENCE = 60000, LONGEST = 20000, REFUSED = 60000; // milliseconds
  const main = document.querySelector("main[data-live]");
  if (!main) return;

  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);

  const pressed = new WeakSet(); // what the person has opened or closed stays so; all else follows the server
  let etag = "", timer = 0, asking = false, again = false, since = Date.now();
  let events = null, streaming = false, version = null, retry = 0, unanswered = false;

  const preparePrint = () => {
    for (const button of main.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.onclick = () => print();
    }
  };

  const later = () => {
    clearTimeout(timer);
    if (main.dataset.live !== "on") return deaf();
    if (document.hidden || streaming) return;
    timer = setTimeout(ask, Date.now() - since < PATIENCE ? QUICK : SLOW);
  };

  // While the stream is open nothing is asked without news.
  const listen = () => {
    if (events || main.dataset.live !== "on" || !window.EventSource) return;
    events = new EventSource(`${location.pathname}/events`);
    events.onopen = () => {
      hear(true);
      clearTimeout(timer);
    };
    events.onmessage = (event) => {
      const news = JSON.parse(event.data);
      silent(news.silent);
      if (news.checked) checked(news.checked);
      if (news.version !== version) ask();
      version = news.version;
    };
    events.onerror = () => {
      hear(false);
      // Refused: the browser does not try again by itself. Else the network is away, and it does.
      if (events.readyState === EventSource.CLOSED) {
        deaf();
        retry = setTimeout(listen, REFUSED);
      }
      later();
    };
  };

  const deaf = () => {
    clearTimeout(retry);
    events?.close();
    events = null;
    hear(false);
  };

  const hear = (is) => {
    streaming = is;
    sayState();
  };

  async function ask() {
    again = asking; // news that came while an answer was on its way
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(location.href, {
        headers: etag ? { "If-None-Match": etag } : {},
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.timeout(LONGEST),
      });
      if (answer.status === 200 || answer.status === 304) {
        etag = answer.headers.get("ETag") || etag;
        silent(false);
        if (answer.status === 200) {
          const text = await answer.text();
          await presses.over();
          replace(text);
        }
        checked(answer.headers.get("X-Checked-At"));
      } else if (answer.status < 500) {
        main.dataset.live = "off"; // the receipt is not open to this browser any more: a reload says why
        silent(true);
      } else {
        silent(true);
      }
    } catch {
      silent(true); // no network: the next turn tries again
    }
    asking = false;
    if (again) ask();
    else later();
  }

  const checked = (time) => {
    const place = main.querySelector("[data-checked]");
    if (place && time && place.textContent !== time) place.textContent = time;
  };

  const silent = (is) => {
    unanswered = is;
    sayState();
  };

  // The page calls itself live only while its stream is open and Kite answers. What the server wrote is true in any case.
  const sayState = () => {
    const place = main.querySelector("[data-state]");
    if (!place) return;
    place.dataset.plainWords ??= place.textContent;
    const live = streaming && !unanswered;
    const words = unanswered ? place.dataset.silentWords : live ? place.dataset.liveWords : place.dataset.plainWords;
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("live-now", live);
    place.classList.toggle("silent", unanswered);
  };

  // A details is known by its line and its place there, outside of lines by its words: others may come to stand before it.
  const key = (details) => {
    const line = details.closest(".slip");
    if (!line) return details.querySelector("summary").textContent;
    return `${[...line.parentNode.children].indexOf(line)} of ${line.closest("section") ? "extra" : "items"}, ${[...line.querySelectorAll("details")].indexOf(details)}`;
  };
  const outcome = (line) => `${line.querySelector(".bead")?.getAttribute("aria-label")} ${line.querySelector(".quantity")?.textContent}`;

  function replace(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("main[data-live]");
    if (!fresh) return;
    const open = new Map([...main.querySelectorAll("details")].map((details) => [key(details), details]));
    const before = [...main.querySelectorAll(".slip")].map(outcome);
    const headline = main.querySelector("h1")?.textContent;
    const focused = main.contains(document.activeElement) ? path(document.activeElement) : null;
    const { scrollX, scrollY } = window;

    if (quiet(main) === quiet(fresh)) {
      main.dataset.live = fresh.dataset.live;
      return;
    }
    [...fresh.querySelectorAll("details")].forEach((details) => {
      const was = open.get(key(details));
      if (was && pressed.has(was)) {
        details.open = was.open;
        pressed.add(details);
      }
    });
    since = Date.now();
    main.replaceChildren(...fresh.childNodes);
    main.dataset.live = fresh.dataset.live;
    document.title = page.title;
    [...main.querySelectorAll(".slip")].forEach((line, number) => {
      line.classList.toggle("changed-now", before.length > number && before[number] !== outcome(line));
    });
    if (focused) find(focused)?.focus({ preventScroll: true });
    scrollTo(scrollX, scrollY);
    preparePrint();
    sayState();
    const now = main.querySelector("h1")?.textContent;
    if (now && now !== headline) status.textContent = now;
  }

  // What a page says, without what differs from one answer to the next: the time of checking, and whether it is live.
  const quiet = (root) => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll("[data-checked], [data-state]").forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ");
  };

  // The place of an element among all that can have the focus in its nearest named ancestor.
  const FOCUSABLE = "a, button, summary, input";
  const path = (element) => {
    if (element.id) return { id: element.id };
    return { number: [...main.querySelectorAll(FOCUSABLE)].indexOf(element), text: element.textContent.trim() };
  };
  const find = ({ id, number, text }) => {
    if (id) return document.getElementById(id);
    const all = [...main.querySelectorAll(FOCUSABLE)];
    return all[number]?.textContent.trim() === text ? all[number] : all.find((element) => element.textContent.trim() === text);
  };

  main.addEventListener("click", (event) => {
    const details = event.target.closest("summary")?.parentNode;
    if (details) pressed.add(details);
  });

  // The page stays as it is until the next one comes: a second press would meet another button.
  main.addEventListener("submit", presses.leave);

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden && main.dataset.live === "on") {
      since = Date.now();
      listen();
      ask();
    }
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      listen();
      ask();
    }
  });
  addEventListener("pagehide", deaf); // a page with an open stream would not be kept for the way back

  // On paper every line is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...main.querySelectorAll(".slip > details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  preparePrint();
  listen();
  later();
})();
