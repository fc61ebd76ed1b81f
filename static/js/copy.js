// Copies the text of a readonly field: <button data-copy="id" hidden>, said in [data-copied] beside it.
// Puts an example into a field: <button data-fill="id" data-words="…" hidden>.
(() => {
  "use strict";

  const words = () => document.getElementById("words").dataset;

  const write = async (field) => {
    field.focus();
    field.select();
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(field.value);
      return true;
    }
    return document.execCommand("copy");
  };

  const say = (button, sentence) => {
    const place = button.parentElement.querySelector("[data-copied]");
    if (place) place.textContent = sentence;
  };

  const copy = async (button) => {
    let done = false;
    try {
      done = await write(document.getElementById(button.dataset.copy));
    } catch {
      done = false; // The text stays selected: the person's own keys still work.
    }
    say(button, done ? words().sayCopied : words().sayCopyByHand);
  };

  const fill = (button) => {
    const field = document.getElementById(button.dataset.fill);
    field.focus();
    field.select();
    // As if it were typed: the browser's own undo brings back what stood there.
    document.execCommand("insertText", false, button.dataset.words);
  };

  const start = (root) => {
    for (const button of root.querySelectorAll("button[data-copy], button[data-fill]")) button.hidden = false;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
    const example = event.target.closest("button[data-fill]");
    if (example) fill(example);
  });
  document.addEventListener("htmx:load", (event) => start(event.target));
  start(document);
})();
