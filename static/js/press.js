// Nothing on a page changes under a press: afterPress(work) does the work at once, or when the press is over.
// A press lasts from the going down of the finger (the button, the space bar) to its click; one that leads to another page
// lasts until that page is there. A fragment that htmx fetched meanwhile is asked for again afterwards.
(() => {
  "use strict";

  const LONGEST = 10000; // milliseconds. Whoever presses longer means something else; a page that is not there by then was a file
  const CLICK = 500; // from the going up to the click, on a touch screen
  const waiting = [];
  let timer = null; // runs while a press lasts
  let down = false;
  let leaving = false;

  const lasts = (longest) => {
    clearTimeout(timer);
    timer = setTimeout(over, longest);
  };
  const over = () => {
    clearTimeout(timer);
    timer = null;
    down = leaving = false;
    for (const work of waiting.splice(0)) work();
  };
  globalThis.afterPress = (work) => {
    if (timer === null) work();
    else waiting.push(work);
  };

  const goesDown = () => {
    down = true;
    lasts(LONGEST);
  };
  const goesUp = () => {
    if (!down) return;
    down = false;
    if (!leaving) lasts(CLICK);
  };
  const leads = (event) => {
    const link = event.target.closest?.("a[href]");
    const held = event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey;
    return link && !held && !link.target && !link.getAttribute("href").startsWith("#");
  };

  const on = (name, react) => addEventListener(name, react, { capture: true, passive: true });
  on("pointerdown", (event) => event.button === 0 && goesDown());
  on("pointerup", goesUp);
  on("pointercancel", () => leaving || over());
  // It went up where the page is not told of it: over an open list, or outside the window.
  on("pointermove", (event) => event.pointerType === "mouse" && !event.buttons && goesUp());
  on("keydown", (event) => event.key === " " && goesDown());
  on("keyup", (event) => event.key === " " && goesUp());
  on("click", (event) => {
    setTimeout(() => { // by then it has done what it does: a form that it sends is on its way
      leaving ||= leads(event);
      if (leaving) lasts(LONGEST);
      else over();
    });
  });
  addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    leaving = true;
    lasts(LONGEST);
  });
  addEventListener("pageshow", (event) => event.persisted && over());

  const asking = new Set();
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (timer === null) return;
    event.preventDefault();
    const { elt, pathInfo, requestConfig } = event.detail;
    if (asking.has(elt)) return;
    asking.add(elt);
    afterPress(() => {
      asking.delete(elt);
      if (elt.isConnected) htmx.ajax(requestConfig.verb, pathInfo.requestPath, { source: elt });
    });
  });
})();
