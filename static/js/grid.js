// Keyboard for tables of inputs: <table data-grid>.
// Enter and arrow down: same column, next row. Arrow up and Shift+Enter: row above. Ctrl+D: copy from above. Tab as usual.
// A <template data-grid-row> in the table (with __prefix__ for the number) makes rows grow when the last one is in use;
// the form's *-TOTAL_FORMS is kept right. <button data-grid-more="table id" hidden> adds a row by hand.
(() => {
  "use strict";

  const FIELDS = "input:not([type=hidden]), select, textarea";
  const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]);
  const fieldsOf = (row) => [...row.querySelectorAll(FIELDS)].filter((field) => !field.disabled);

  const neighbour = (field, step) => {
    const table = field.closest("table");
    const rows = rowsOf(table);
    const row = field.closest("tr");
    const column = fieldsOf(row).indexOf(field);
    const next = rows[rows.indexOf(row) + step];
    return next ? fieldsOf(next)[column] : undefined;
  };

  const go = (field) => {
    field.focus();
    if (field.select && field.type !== "checkbox") field.select();
  };

  const total = (table) => table.closest("form")?.querySelector(`[name="${table.dataset.grid}-TOTAL_FORMS"]`);

  const addRow = (table) => {
    const model = table.querySelector("template[data-grid-row]");
    if (!model) return null;
    const counter = total(table);
    const number = counter ? Number(counter.value) : rowsOf(table).length;
    const holder = document.createElement("tbody");
    holder.innerHTML = model.innerHTML.replaceAll("__prefix__", String(number));
    const row = holder.querySelector("tr");
    table.tBodies[table.tBodies.length - 1].append(row);
    if (counter) counter.value = String(number + 1);
    return row;
  };

  const inUse = (row) =>
    fieldsOf(row).some((field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value !== ""));

  const grow = (table) => {
    const rows = rowsOf(table);
    if (rows.length && inUse(rows[rows.length - 1])) addRow(table);
  };

  // A draft that comes back may have more rows.
  document.addEventListener("draft:room", ({ target, detail }) => {
    const table = target.querySelector(`table[data-grid="${detail.grid}"]`);
    while (table && rowsOf(table).length < detail.count && addRow(table));
  });

  const copyFromAbove = (field) => {
    const above = neighbour(field, -1);
    if (!above) return;
    if (field.type === "checkbox") field.checked = above.checked;
    else field.value = above.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const stepFor = (event, field) => {
    const writes = field.tagName === "TEXTAREA" || field.tagName === "SELECT";
    if (event.key === "Enter" && field.tagName !== "TEXTAREA") return event.shiftKey ? -1 : 1;
    if (event.key === "ArrowDown" && !writes) return 1;
    if (event.key === "ArrowUp" && !writes) return -1;
    return 0;
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    // While kana are being converted, Enter and the arrows belong to the input method; some browsers say so by 229 alone.
    if (event.isComposing || event.keyCode === 229 || event.altKey || !field.matches?.(FIELDS) || !field.closest("table[data-grid]")) return;
    if (event.ctrlKey && event.key.toLowerCase() === "d") {
      event.preventDefault();
      copyFromAbove(field);
      return;
    }
    const step = stepFor(event, field);
    if (!step) return;
    event.preventDefault();
    const next = neighbour(field, step);
    if (next) go(next);
  });

  document.addEventListener("input", (event) => {
    const table = event.target.closest("table[data-grid]");
    if (table) grow(table);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-grid-more]");
    const row = button && addRow(document.getElementById(button.dataset.gridMore));
    if (row) go(fieldsOf(row)[0]);
  });

  const start = (root) => {
    for (const button of root.querySelectorAll("button[data-grid-more]")) button.hidden = false;
  };
  document.addEventListener("htmx:load", (event) => start(event.target));
  start(document);
})();
