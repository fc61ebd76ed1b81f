// Saves a form as it is typed: <form data-autosave-url="…"> with a hidden "version" field.
// The server answers {saved_at_label, lasts (until when, in brackets), version, missing: [{field, label}] or [label], conflict?: [{field, label, theirs,
// mine, theirs_text?, mine_text?, by, at}]}, with 409 when another version was saved meanwhile. What can't be sent waits in this browser.
(() => {
  "use strict";

  const PAUSE = 800; // milliseconds after the last key
  const RETRY = 15000;
  const PATIENCE = 30000; // an answer that takes longer does not come
  const words = () => document.getElementById("words").dataset;

  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const NOT_TYPED = ["csrfmiddlewaretoken", "version", "idempotency_key"];
  const comparable = (entries) => JSON.stringify(entries.filter(([name]) => !NOT_TYPED.includes(name)));

  class Autosave {
    constructor(form) {
      this.form = form;
      this.key = `madoguchi:${form.dataset.autosaveUrl}`;
      this.dirty = false;
      this.held = false; // two versions stand side by side and wait for a choice
      this.flight = null;
      this.wanted = null; // the press that waits for the flight to end
      this.listen();
      this.restore();
    }

    listen() {
      this.form.addEventListener("input", () => this.typed());
      this.form.addEventListener("focusout", () => this.dirty && this.save());
      this.form.addEventListener("submit", (event) => this.submitted(event));
      addEventListener("pagehide", () => this.leave());
      addEventListener("online", () => this.dirty && this.save());
      setInterval(() => this.dirty && this.stored() && this.save(), RETRY);
    }

    typed() {
      this.dirty = true;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), PAUSE);
    }

    entries() {
      return [...new FormData(this.form)].filter(([, value]) => typeof value === "string");
    }

    send(keepalive) {
      return fetch(this.form.dataset.autosaveUrl, {
        method: "POST",
        body: new URLSearchParams(this.entries()),
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
        credentials: "same-origin",
        redirect: "manual", // to the sign-in page: then it was not saved
        keepalive,
        signal: AbortSignal.timeout(PATIENCE),
      });
    }

    async save() {
      clearTimeout(this.timer);
      if (this.held) return;
      if (this.flight) return void (await this.flight, this.dirty && this.save());
      this.dirty = false;
      this.flight = this.attempt();
      await this.flight;
      this.flight = null;
    }

    async attempt() {
      let response;
      try {
        response = await this.send(false);
      } catch {
        return this.keep(words().sayOffline);
      }
      if (response.type === "opaqueredirect" || response.status === 401) return this.keep(words().saySignedOut);
      if (response.ok || response.status === 409) return this.accept(await response.json());
      return this.keep(response.status === 403 ? words().saySignedOut : words().sayOffline);
    }

    accept(answer) {
      if (answer.version !== undefined) this.version().value = answer.version;
      if (answer.conflict?.length) return this.conflict(answer.conflict);
      this.forget();
      afterPress(() => this.saved(answer));
      return undefined;
    }

    saved(answer) {
      this.say(`${words().saySaved.replace("{time}", answer.saved_at_label)}${answer.lasts ?? ""}`, true);
      this.missing(answer.missing || []);
      this.form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true, detail: answer }));
    }

    version() {
      return this.form.elements.namedItem("version");
    }

    say(sentence, good) {
      for (const place of document.querySelectorAll("[data-saved]")) {
        place.textContent = sentence;
        place.classList.toggle("off", !good);
      }
    }

    missing(items) {
      const list = document.querySelector("[data-missing]");
      const button = this.form.querySelector("[data-needs-all]");
      if (button) button.setAttribute("aria-disabled", String(items.length > 0));
      if (!list) return;
      list.style.minHeight = `${list.offsetHeight}px`; // what stands below stays where it is
      list.replaceChildren();
      if (!items.length) return;
      list.append(element("b", { textContent: words().sayMissing.replace("{count}", items.length) }));
      for (const item of items) {
        const href = item.field ? `#id_${item.field}` : "#main";
        list.append(" ", element("a", { className: "more", href, textContent: item.label || item }));
      }
    }

    // --- what could not be sent -------------------------------------------

    keep(sentence) {
      this.dirty = true;
      try {
        const kept = this.entries().filter(([name]) => name !== "csrfmiddlewaretoken");
        localStorage.setItem(this.key, JSON.stringify(kept));
      } catch {
        // Storage is full or forbidden here: the page still holds the text and goes on trying.
      }
      afterPress(() => this.say(sentence, false));
    }

    stored() {
      try {
        return JSON.parse(localStorage.getItem(this.key) || "null");
      } catch {
        return null;
      }
    }

    forget() {
      try {
        localStorage.removeItem(this.key);
      } catch {
        // Nothing was kept.
      }
    }

    restore() {
      const kept = this.stored();
      if (!kept) return;
      // Sent while the page was closing, and arrived: nothing is left to do.
      if (comparable(kept) === comparable(this.entries())) return void this.forget();
      const values = new Map();
      for (const [name, value] of kept) values.set(name, [...(values.get(name) || []), value]);
      for (const field of this.form.elements) this.fill(field, values.get(field.name));
      this.say(words().sayRestored, false);
      this.dirty = true;
      this.save();
    }

    // Of several fields of one name each takes the next value out of the list; those beyond it were not there, or empty.
    fill(field, values) {
      if (!field.name || field.name === "csrfmiddlewaretoken" || field.type === "file") return;
      if (field.type === "checkbox" || field.type === "radio") field.checked = !!values?.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = !!values?.includes(option.value);
      else if (values) field.value = values.shift() ?? "";
    }

    leave() {
      if (!this.dirty || this.held) return;
      this.keep(words().sayOffline);
      this.send(true).then((response) => response.ok && this.forget(), () => undefined);
    }

    async submitted(event) {
      clearTimeout(this.timer);
      if (this.held) {
        event.preventDefault();
        return void this.panel.focus();
      }
      if (!this.flight) {
        this.dirty = false;
        return void this.forget();
      }
      event.preventDefault();
      const waits = this.wanted;
      this.wanted = event.submitter; // of two presses the last one counts
      if (waits) return;
      this.form.ariaBusy = "true";
      await this.flight;
      this.form.ariaBusy = null;
      const submitter = this.wanted;
      this.wanted = null;
      if (!this.held) this.form.requestSubmit(submitter);
    }

    // --- two versions side by side ----------------------------------------

    conflict(items) {
      this.held = true;
      this.forget();
      const waiting = new Set(items.map((item) => item.field));
      const panel = element("section", { className: "versions", tabIndex: -1 });
      panel.append(element("p", { className: "strong", textContent: words().sayConflict }));
      for (const item of items) panel.append(this.facing(item, waiting, panel));
      this.panel = panel;
      afterPress(() => {
        this.form.before(panel);
        this.say(words().sayChoose, false);
        panel.focus();
      });
    }

    facing(item, waiting, panel) {
      const group = element("div", { role: "group", ariaLabel: item.label });
      const choose = (value) => {
        this.set(item.field, value);
        waiting.delete(item.field);
        group.remove();
        if (waiting.size) return;
        panel.remove();
        this.held = false;
        this.dirty = true;
        this.save();
      };
      const side = (title, value, label, text = value) => {
        const button = element("button", { type: "button", className: "btn slim", textContent: label });
        button.addEventListener("click", () => choose(value));
        const head = element("p", { className: "small soft", textContent: title });
        return element("div", {}, head, element("p", { textContent: text || words().sayEmpty }), button);
      };
      group.append(element("h3", { textContent: item.label }));
      const theirs = side(`${item.by || ""} ${item.at || ""}`.trim(), item.theirs, words().sayTakeTheirs, item.theirs_text);
      group.append(element("div", { className: "both" }, side(words().sayYours, item.mine, words().sayTakeMine, item.mine_text), theirs));
      return group;
    }

    set(name, value) {
      const values = Array.isArray(value) ? [...value] : [value];
      for (const field of this.form.elements) if (field.name === name) this.fill(field, values);
    }
  }

  const start = (root) => {
    for (const form of root.querySelectorAll("form[data-autosave-url]:not([data-autosave-on])")) {
      form.dataset.autosaveOn = "";
      new Autosave(form);
    }
  };
  document.addEventListener("htmx:load", (event) => start(event.target.parentElement || document));
  start(document);
})();
