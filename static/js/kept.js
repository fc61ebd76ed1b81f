// What a phone keeps until it has arrived: JSON in localStorage, under a prefix. Where the browser forbids that or has no
// room left, it stands in this page's memory, and `isHeld` says so: then it is gone with the page.
(() => {
  "use strict";

  const parsed = (json) => {
    try {
      return JSON.parse(json ?? "null");
    } catch {
      return null;
    }
  };
  const names = () => {
    try {
      return Object.keys(localStorage);
    } catch {
      return [];
    }
  };

  class Kept {
    constructor(prefix) {
      this.prefix = prefix;
      this.memory = new Map(); // stands above what storage holds
      this.set("probe", 0);
      this.refused = this.memory.has("probe");
      this.drop("probe");
    }

    get isHeld() {
      return this.refused || this.memory.size > 0;
    }

    get(name, usual = null) {
      if (this.memory.has(name)) return parsed(this.memory.get(name)) ?? usual;
      try {
        return parsed(localStorage.getItem(this.prefix + name)) ?? usual;
      } catch {
        return usual;
      }
    }

    set(name, value) {
      const json = JSON.stringify(value);
      try {
        localStorage.setItem(this.prefix + name, json);
        this.memory.delete(name);
      } catch {
        this.memory.set(name, json);
      }
    }

    drop(name) {
      this.memory.delete(name);
      try {
        localStorage.removeItem(this.prefix + name);
      } catch {
        // It is not there either.
      }
    }

    all(start) {
      const here = names().filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length));
      const found = new Set([...here, ...this.memory.keys()]);
      return [...found].filter((name) => name.startsWith(start)).map((name) => this.get(name)).filter((value) => value !== null);
    }

    // Words that are typed into a field and not used yet: when it is shown again, on a page that was loaded anew too, they
    // are typed(name).
    follow(field, name = () => field.id) {
      field.addEventListener("input", () => this.set(`typed:${name()}`, field.value));
    }

    typed(name) {
      return this.get(`typed:${name}`, "");
    }

    used(name) {
      this.drop(`typed:${name}`);
    }

    clear() {
      for (const name of names()) if (name.startsWith(this.prefix)) this.drop(name.slice(this.prefix.length));
      this.memory.clear();
    }
  }

  globalThis.keptUnder = (prefix) => new Kept(prefix);
  // Under `root:NAME:` things are kept for these names.
  globalThis.keptNames = (root) => [...new Set(names().filter((name) => name.startsWith(`${root}:`)).map((name) => name.split(":")[1]))];
})();
