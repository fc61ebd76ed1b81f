// Keeps what is typed into a form before it is sent: every <form method="post"> with more than one field, or a long one.
// What was typed is there again when the page is opened again, on another device too; it goes when the form was taken.
// The service keeps it for whoever is signed in or came by a link; for anybody else it stays in this browser, for a week.
// Not those that save themselves (data-autosave-url), ask for a password, or say data-no-draft.
(() => {
  "use strict";

  const PAUSE = 800; // milliseconds after the last key
  const RETRY = 15000;
  const MOST_ROWS = 500;
  const HERE = "madoguchi:draft:"; // before the names of what is kept in this browser
  const TAKEN = /(?:^|; )draft_taken=([\d-]+)/; // the service says so after a form that nobody knows the sender of
  const KEPT_HERE = 7 * 24 * 60 * 60 * 1000; // milliseconds
  const FIELD = "draft";
  const NOT_TYPED = new Set(["csrfmiddlewaretoken", "idempotency_key", "next", FIELD]);
  const BASES = ["version", "base", "revision"]; // hidden fields that name what the form was filled with
  const words = () => document.getElementById("words")?.dataset ?? {};
  const page = location.pathname + location.search;

  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const isTyped = (field) =>
    field.name && !NOT_TYPED.has(field.name) && !["hidden", "submit", "button", "reset", "file", "image", "password"].includes(field.type);
  const isCount = (field) => field.name?.endsWith("-TOTAL_FORMS");

  class Draft {
    constructor(form, name) {
      this.form = form;
      this.name = name;
      this.writing = crypto.getRandomValues(new Uint32Array(3)).join("-");
      this.shown = this.comparable();
      this.kept = false; // something of this form is kept for later
      this.state = element("p", { className: "draft-state small", role: "status", hidden: true });
      form.append(this.state);
      form.dataset.draft = name;
      form.addEventListener("input", () => this.typed());
      form.addEventListener("change", () => this.typed());
      form.addEventListener("formdata", (event) => event.formData.set(FIELD, `${page} ${this.writing} ${this.name}`));
      form.addEventListener("submit", (event) => event.defaultPrevented || this.sent());
    }

    fields() {
      return [...this.form.elements].filter((field) => isTyped(field) || isCount(field));
    }

    values() {
      const sent = this.fields().filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked);
      return sent.flatMap((field) => (field.multiple ? [...field.selectedOptions].map((one) => [field.name, one.value]) : [[field.name, field.value]]));
    }

    comparable(values = this.values()) {
      return JSON.stringify(values.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]));
    }

    base() {
      return BASES.map((name) => this.form.elements.namedItem(name)?.value ?? "").join(" ").trim();
    }

    typed() {
      clearTimeout(this.timer);
      this.waits = true;
      this.timer = setTimeout(() => this.save(), PAUSE);
    }

    stop() {
      clearTimeout(this.timer);
      this.waits = false;
    }

    sent() {
      this.stop();
      // In this browser until the service says that it was taken, under the name that it will say.
      if (place === browser) this.tell(this.values());
    }

    async save(keepalive = false) {
      this.stop();
      const changed = this.comparable() !== this.shown;
      if (!changed && !this.kept) return;
      try {
        const { refused, said } = await this.tell(changed ? this.values() : null, keepalive);
        this.kept = changed;
        this.say(changed || refused ? said : "", refused);
      } catch {
        this.waits = true;
        this.say(words().sayDraftOffline, true);
      }
    }

    // null: there is nothing to keep any more.
    tell(values, keepalive) {
      const token = this.form.elements.namedItem("csrfmiddlewaretoken")?.value ?? "";
      return place.keep({ page, form: this.name, writing: this.writing, base: this.base(), values }, token, keepalive);
    }

    say(sentence, off = false, ...buttons) {
      afterPress(() => {
        this.state.replaceChildren(element("span", { className: off ? "saved off" : "saved", textContent: sentence }), ...buttons);
        this.state.hidden = !sentence;
      });
    }

    // --- what was kept earlier ----------------------------------------------------------------------------------

    found({ values, base, at }) {
      this.kept = true;
      if (this.comparable(values) === this.comparable()) return;
      const drop = element("button", { type: "button", className: "tap small", textContent: words().sayDraftDrop });
      drop.addEventListener("click", () => this.drop());
      if (base === this.base()) {
        this.put(values);
        return void this.say(words().sayDraftBack.replace("{time}", at), false, drop);
      }
      const take = element("button", { type: "button", className: "tap small", textContent: words().sayDraftTake });
      take.addEventListener("click", () => (this.put(values), this.typed()));
      this.say(words().sayDraftOlder.replace("{time}", at), true, take, drop);
    }

    put(values) {
      this.makeRoom(values);
      const kept = new Map();
      for (const [name, value] of values) kept.set(name, [...(kept.get(name) ?? []), value]);
      for (const field of this.fields()) {
        const [first, ...more] = kept.get(field.name) ?? [];
        if (["checkbox", "radio"].includes(field.type)) field.checked = [first, ...more].includes(field.value);
        else if (field.multiple) for (const option of field.options) option.selected = [first, ...more].includes(option.value);
        else if (first !== undefined && !isCount(field)) {
          field.value = first;
          if (more.length) kept.set(field.name, more); // several fields of one name, in their order
        }
      }
      this.form.dispatchEvent(new CustomEvent("draft:back"));
    }

    // Rows that somebody had added are added again (grid.js).
    makeRoom(values) {
      for (const [name, value] of values.filter(([one]) => one.endsWith("-TOTAL_FORMS"))) {
        const detail = { grid: name.replace("-TOTAL_FORMS", ""), count: Math.min(Number(value), MOST_ROWS) };
        this.form.dispatchEvent(new CustomEvent("draft:room", { bubbles: true, detail }));
      }
    }

    async drop() {
      this.stop();
      await this.tell(null);
      location.reload();
    }
  }

  // --- where it is kept -------------------------------------------------------------------------------------------
  // keep(draft, token, keepalive): {refused, said}, or it throws where it has to be tried again; ofPage(): drafts as found() reads them.

  const service = {
    async keep(draft, token, keepalive) {
      const answer = await fetch(words().drafts, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify(draft),
        redirect: "error", // to the sign-in page: then it was not kept
        keepalive,
      });
      const { said, at, lasts } = await answer.json();
      return answer.ok ? { refused: false, said: words().sayDraftSaved.replace("{time}", at) + lasts } : { refused: true, said };
    },

    async ofPage() {
      const answer = await fetch(`${words().drafts}?page=${encodeURIComponent(page)}`, { redirect: "error" });
      return (await answer.json()).drafts;
    },
  };

  const browser = {
    name: ({ page: of, form }) => `${HERE}${of} ${form}`,
    clock: (at) => `${at.getHours()}:${String(at.getMinutes()).padStart(2, "0")}`,

    keep(draft) {
      try {
        if (draft.values === null) localStorage.removeItem(this.name(draft));
        else localStorage.setItem(this.name(draft), JSON.stringify({ ...draft, at: Date.now() }));
      } catch {
        return { refused: true, said: words().sayDraftFull }; // storage is full or forbidden
      }
      const day = new Date(Date.now() + KEPT_HERE).toLocaleDateString(document.documentElement.lang, { month: "long", day: "numeric" });
      return { refused: false, said: words().sayDraftHere.replace("{time}", this.clock(new Date())).replace("{day}", day) };
    },

    ofPage() {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(`${HERE}${page} `));
      return names.map((name) => JSON.parse(localStorage.getItem(name))).map((draft) => ({ ...draft, at: this.clock(new Date(draft.at)) }));
    },

    // What was sent and taken goes, and what is old.
    tidy() {
      const [, taken] = TAKEN.exec(document.cookie) ?? [];
      document.cookie = "draft_taken=; path=/; max-age=0; samesite=lax";
      try {
        for (const name of Object.keys(localStorage).filter((one) => one.startsWith(HERE))) {
          const { writing, at } = JSON.parse(localStorage.getItem(name));
          if (writing === taken || at < Date.now() - KEPT_HERE) localStorage.removeItem(name);
        }
      } catch {
        // Nothing is kept here.
      }
    },
  };

  const place = words().drafts ? service : browser;

  const isKept = (form) => {
    if (form.method !== "post" || form.dataset.autosaveUrl !== undefined || form.dataset.noDraft !== undefined) return false;
    if (form.querySelector('[type="password"]')) return false;
    const fields = [...form.elements].filter(isTyped);
    return new Set(fields.map((field) => field.name)).size > 1 || fields.some((field) => field.tagName === "TEXTAREA");
  };

  const start = async () => {
    browser.tidy();
    const names = new Map();
    const drafts = [...document.querySelectorAll("form")].filter(isKept).map((form) => {
      const action = form.getAttribute("action") ?? "";
      names.set(action, (names.get(action) ?? 0) + 1);
      return new Draft(form, `${action}#${form.id || names.get(action)}`);
    });
    if (!drafts.length) return;
    document.documentElement.dataset.drafts = "";
    // What came back refused is what was typed last.
    if (words().posted === undefined) await restore(drafts);
    else for (const draft of drafts) draft.typed();
    document.documentElement.dataset.drafts = "ready";
    addEventListener("pagehide", () => drafts.forEach((draft) => draft.waits && draft.save(true)));
    addEventListener("pageshow", (event) => {
      if (event.persisted) for (const draft of drafts) draft.writing = crypto.getRandomValues(new Uint32Array(3)).join("-");
    });
    setInterval(() => drafts.forEach((draft) => draft.waits && draft.save()), RETRY);
  };

  const restore = async (drafts) => {
    try {
      for (const one of await place.ofPage()) drafts.find((draft) => draft.name === one.form)?.found(one);
    } catch {
      // The form is as the service knows it; what is typed from now on is kept when the line is back.
    }
  };

  start();
})();
