// How much fits: a field with maxlength cuts what is pasted without a word. Here it takes the whole text, says how many
// characters there are too many, and holds the form back until it was shortened. Short codes and numbers stay as they are.
(() => {
  "use strict";

  const SAYS_FROM = 0.8; // of what fits
  const SHORTEST = 40;
  const words = () => document.getElementById("words").dataset;
  // As the service counts: characters, not the halves of those outside the first plane; a line end is one.
  const length = (text) => [...text.replaceAll("\r\n", "\n")].length;
  const isFree = (field) => field.maxLength >= SHORTEST && (field.tagName === "TEXTAREA" || ["text", "search"].includes(field.type));

  const watch = (field) => {
    const most = field.maxLength;
    field.removeAttribute("maxlength");
    field.dataset.most = most;
    const said = Object.assign(document.createElement("p"), { className: "limit small", hidden: true });
    said.setAttribute("aria-live", "polite");
    field.after(said);
    const look = () => {
      const over = length(field.value) - most;
      said.hidden = over < (SAYS_FROM - 1) * most;
      said.classList.toggle("over", over > 0);
      said.textContent = over > 0 ? words().sayTooLong.replace("{count}", over) : words().sayLeft.replace("{count}", -over);
      field.setCustomValidity(over > 0 ? said.textContent : "");
    };
    field.addEventListener("input", look);
    look();
  };

  const start = (root) => root.querySelectorAll("textarea[maxlength], input[maxlength]").forEach((field) => isFree(field) && watch(field));

  // Forms are sent without the browser's own checks; this one is made all the same.
  addEventListener("submit", (event) => {
    const long = [...event.target.elements].find((field) => field.dataset?.most && field.validity.customError);
    if (!long) return;
    event.preventDefault();
    event.stopPropagation();
    long.focus();
  }, true);
  document.addEventListener("htmx:load", (event) => start(event.target));
  start(document);
})();
