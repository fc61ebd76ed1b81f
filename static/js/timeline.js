// The correctable timeline: <form data-timeline> with text fields of times, and a figure whose edges can be held.
// Everything is in the form; this only moves its fields. A field that changed sends the form to the server for the figures
// (htmx, on "change"): no measure is computed here.
//   <svg class="zoom" data-start data-span> seconds of the day; inside it <g class="hd" data-field data-label>, an edge, and
//   <g data-from data-to>, a band between two edges. <button data-step="60"> beside a field moves its time by as many seconds.
//   <button name="undo" value="fields"> takes one change back. [data-undo] and [data-redo] go through what was changed since the page came; [data-was] stands by a changed field.
(() => {
  "use strict";

  const form = document.querySelector("form[data-timeline]");
  if (!form) return;
  const DAY = 86400;
  const MINUTE = 60;
  const past = [];
  const future = [];
  const known = new Map();

  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.name !== "reason");
  const read = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const write = (field, value) => {
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  };
  const told = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

  // --- times ---------------------------------------------------------------
  const secondOf = (text) => {
    const plain = text.normalize("NFKC").trim();
    const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(plain) ?? /^(\d{1,2})(\d{2})$/.exec(plain);
    return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0) : null;
  };
  const clock = (second) => {
    const within = ((second % DAY) + DAY) % DAY;
    const two = (number) => String(number).padStart(2, "0");
    const seconds = within % 60;
    return `${Math.floor(within / 3600)}:${two(Math.floor(within / 60) % 60)}${seconds ? `:${two(seconds)}` : ""}`;
  };
  const step = (field, seconds) => {
    const at = secondOf(field.value);
    if (at === null) return;
    field.value = clock(at + seconds);
    draw();
    told(field);
  };

  // --- the figure ------------------------------------------------------------
  const picture = () => form.querySelector("svg.zoom");
  const holds = () => [...form.querySelectorAll("svg.zoom .hd")];
  const fieldOf = (hold) => form.elements[hold.dataset.field];
  const place = (second) => {
    const { start, span } = picture().dataset;
    return `${(Math.min(Math.max((second - start) / span, 0), 1) * 100).toFixed(2)}%`;
  };

  const draw = () => {
    for (const hold of holds()) {
      const at = secondOf(fieldOf(hold).value);
      if (at === null) continue;
      for (const end of ["x1", "x2"]) hold.querySelector("line").setAttribute(end, place(at));
      hold.querySelector("svg").setAttribute("x", place(at));
      hold.querySelector("tspan:last-child").textContent = clock(at);
      hold.setAttribute("aria-valuenow", at);
      hold.setAttribute("aria-valuetext", clock(at));
    }
    for (const band of form.querySelectorAll("svg.zoom [data-from]")) {
      const [from, to] = [band.dataset.from, band.dataset.to].map((name) => secondOf(form.elements[name].value));
      if (from === null || to === null) continue;
      const bar = band.querySelector("rect");
      bar.setAttribute("x", place(from));
      bar.setAttribute("width", `${Math.max(parseFloat(place(to)) - parseFloat(place(from)), 0)}%`);
      // Its minutes are the server's to say.
      band.querySelector("svg")?.remove();
    }
  };

  let focused = ""; // the edge that a key may move next: a figure from the server must not take it from under the hand
  form.addEventListener("focusin", (event) => {
    focused = event.target.closest(".hd")?.id ?? "";
  });
  const ready = () => {
    let behind = false; // the answer to an earlier look
    for (const hold of holds()) {
      const { start, span } = picture().dataset;
      const at = secondOf(fieldOf(hold).value);
      if (at === null) continue;
      behind ||= Math.floor(secondOf(hold.querySelector("tspan:last-child").textContent) / MINUTE) !== Math.floor(at / MINUTE);
      const says = { role: "slider", tabindex: 0, "aria-label": hold.dataset.label, "aria-valuemin": start };
      Object.assign(says, { "aria-valuemax": Number(start) + Number(span), "aria-valuenow": at, "aria-valuetext": clock(at) });
      for (const [name, value] of Object.entries(says)) hold.setAttribute(name, value);
    }
    if (behind) draw();
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  };

  let held = null;
  const drag = (event) => {
    const { start, span } = picture().dataset;
    const box = picture().getBoundingClientRect();
    const at = Number(start) + ((event.clientX - box.left) / box.width) * span;
    fieldOf(held).value = clock(Math.round(at / MINUTE) * MINUTE);
    draw();
  };
  form.addEventListener("pointerdown", (event) => {
    const hold = event.button === 0 && event.target.closest?.(".hd");
    if (!hold) return;
    event.preventDefault();
    held = hold;
    hold.setPointerCapture(event.pointerId);
    hold.focus();
  });
  // A finger on an edge moves the edge, not the figure under it.
  form.addEventListener("touchstart", (event) => event.target.closest?.(".hd") && event.preventDefault(), { passive: false });
  form.addEventListener("pointermove", (event) => held && drag(event));
  const drop = () => {
    if (!held) return;
    const field = fieldOf(held);
    held = null;
    if (read(field) !== known.get(field.name)) told(field);
  };
  form.addEventListener("pointerup", drop);
  form.addEventListener("pointercancel", drop);

  form.addEventListener("keydown", (event) => {
    const hold = event.target.closest?.(".hd");
    const ways = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    if (!hold || !(event.key in ways)) return;
    event.preventDefault();
    step(fieldOf(hold), ways[event.key] * MINUTE * (event.shiftKey ? 5 : 1));
  });

  // --- what was changed, and back ----------------------------------------------
  const mark = (field) => {
    const was = field.parentElement.closest(".edge, td, span")?.querySelector("[data-was]");
    if (was && "stood" in field.dataset) was.hidden = field.value.trim() === field.dataset.stood;
  };
  const buttons = () => {
    for (const [name, list] of [["undo", past], ["redo", future]]) {
      form.querySelector(`[data-${name}]`).setAttribute("aria-disabled", String(!list.length));
    }
  };
  const remember = () => {
    for (const field of fields()) known.set(field.name, read(field));
  };
  // What was typed earlier came back (draft.js): as if it were typed now.
  form.addEventListener("draft:back", () => {
    draw();
    for (const field of fields()) if (known.get(field.name) !== read(field)) told(field);
  });
  let replays = false;
  form.addEventListener("change", (event) => {
    const field = event.target;
    if (!known.has(field.name)) return;
    if (!replays) {
      past.push({ name: field.name, before: known.get(field.name), after: read(field) });
      future.length = 0;
    }
    known.set(field.name, read(field));
    mark(field);
    buttons();
  });
  const replay = (from, to, side) => {
    const one = from.pop();
    if (!one) return;
    to.push(one);
    const field = form.elements[one.name];
    replays = true;
    write(field, one[side]);
    draw();
    told(field);
    replays = false;
  };
  const undo = () => replay(past, future, "before");
  const redo = () => replay(future, past, "after");

  // One change alone, as far as its fields stand here; what was typed at another visit goes by way of the server.
  const takeBack = (event, names) => {
    const touched = names.map((name) => fields().find((field) => field.name === name));
    if (touched.includes(undefined)) return;
    event.preventDefault();
    for (const field of touched) {
      write(field, field.type === "checkbox" ? false : field.dataset.stood ?? "");
      draw();
      told(field);
    }
    touched[0].focus();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.name === "undo") takeBack(event, button.value.split(" "));
    else if (button?.dataset.step) step(button.parentElement.querySelector("input"), Number(button.dataset.step));
    else if (button && "undo" in button.dataset) undo();
    else if (button && "redo" in button.dataset) redo();
    const number = event.target.closest?.("a.wt");
    if (!number) return;
    event.preventDefault();
    document.getElementById(number.getAttribute("href").slice(1)).focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=text], textarea");
    if (typing || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
  });

  for (const hidden of form.querySelectorAll("[data-history], [data-step]")) hidden.hidden = false;
  remember();
  buttons();
  ready();
  // At once, not when htmx has settled: the next key may come in between.
  document.addEventListener("htmx:oobAfterSwap", ready);
})();
