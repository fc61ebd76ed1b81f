// The recorder: taps are kept on this device first, then sent. Nothing here needs a network but joining.
// Kept in localStorage: "mr:me" (key, name, config, team), "mr:tap:N" (own taps in order), "mr:got:UID" (other devices' taps),
// "mr:sent" (N up to which own taps have arrived) and "mr:cursor:TEAM" (how far the others' taps were fetched).
// Pictures wait in IndexedDB, made small and drawn anew: what the camera wrote beside them (place, device) stays behind.
(() => {
  "use strict";

  const UNDO_FOR = 10 * 60 * 1000; // milliseconds
  const RETRY = 15000;
  const LONG_PRESS = 500;
  const BATCH = 200;
  const LONGEST_SIDE = 1600;
  const body = document.body;
  const say = (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), body.dataset[`say${name}`]);
  const $ = (id) => document.getElementById(id);
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // --- what this device keeps --------------------------------------------------------------------------

  const store = {
    get: (name) => JSON.parse(localStorage.getItem(`mr:${name}`) ?? "null"),
    set: (name, value) => localStorage.setItem(`mr:${name}`, JSON.stringify(value)),
    drop: (name) => localStorage.removeItem(`mr:${name}`),
    all(prefix) {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(`mr:${prefix}`));
      return names.map((name) => JSON.parse(localStorage.getItem(name)));
    },
  };
  const own = () => store.all("tap:").sort((a, b) => a.n - b.n);
  const unsent = () => own().filter((tap) => tap.n > (store.get("sent") ?? 0));
  let me = store.get("me");

  const newId = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""));

  const tap = (kind, data) => {
    const n = (store.get("count") ?? 0) + 1;
    const made = { n, uid: newId(), team: me.team, kind, at: new Date().toISOString(), data };
    store.set(`tap:${String(n).padStart(6, "0")}`, made); // first the tap, then the count: a phone that dies between loses neither
    store.set("count", n);
    show();
    sendSoon();
    return made;
  };

  // --- pictures ---------------------------------------------------------------------------------------------

  const asked = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
  const shelf = async (mode, work) => {
    const opened = indexedDB.open("madoguchi-recorder", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore("photos");
    const database = await asked(opened);
    const answer = await asked(work(database.transaction("photos", mode).objectStore("photos")));
    database.close();
    return answer;
  };

  const small = async (file) => {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = element("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  };

  const sendPhotos = async () => {
    for (const uid of await shelf("readonly", (photos) => photos.getAllKeys())) {
      const blob = await shelf("readonly", (photos) => photos.get(uid));
      const answer = await fetch(body.dataset.photo.replace("UID", uid), { method: "POST", body: blob, credentials: "omit", headers: { "Content-Type": "image/jpeg", Authorization: `Recorder ${me.key}` } });
      if (answer.ok || answer.status === 422) await shelf("readwrite", (photos) => photos.delete(uid)); // a picture that nobody can read is not sent for ever
    }
    body.dataset.photos = String((await shelf("readonly", (photos) => photos.getAllKeys())).length);
  };

  // --- from taps to what the screen shows -----------------------------------------------------------------

  const standing = () => {
    const taps = [...own(), ...store.all("got:")].filter((one) => one.team === me.team);
    const undone = new Set(taps.filter((one) => one.kind === "undo").map((one) => one.data.uid));
    return taps.filter((one) => one.kind !== "undo" && !undone.has(one.uid)).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  };

  const STEPS = { called: (visit, one) => (visit.called ??= one.at), done: (visit, one) => (visit.done = one.at) };

  const picture = () => {
    const state = { start: null, visits: [], end: null, procedures: new Set(), writes: [], notices: 0, forms: [] };
    for (const one of standing()) {
      state.start ??= one.at;
      const visit = state.visits.find((known) => known.id === one.data.visit);
      if (one.kind === "arrive") state.visits.push({ id: one.data.visit, at: one.at, ...one.data });
      else if (one.kind === "end") state.end = one;
      else if (one.kind === "procedure") state.procedures.add(one.data.procedure);
      else if (one.kind === "write") state.writes.push(one.data);
      else if (one.kind === "form") state.forms.push(one.data);
      else if (one.kind === "notice") state.notices += 1;
      else if (visit && STEPS[one.kind]) STEPS[one.kind](visit, one);
    }
    state.current = state.visits.filter((visit) => !visit.done).at(-1) ?? null;
    return state;
  };

  const team = () => me.config.teams.find((one) => one.id === me.team);
  const scenario = () => me.config.scenarios[team().scenario] ?? { title: "", people: [], procedures: [], forms: [] };
  const hour = (at) => new Date(at).toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit" });
  const span = (from, to = Date.now()) => {
    const seconds = Math.max(0, Math.floor((to - new Date(from)) / 1000));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return h ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
  };

  // --- the screen -------------------------------------------------------------------------------------------

  const only = (id) => {
    for (const name of ["join", "teams", "walk", "over"]) $(name).hidden = name !== id;
  };

  const show = () => {
    if (!me) return only("join");
    if (!me.team || !team()) return showTeams();
    const state = picture();
    only(state.end ? "over" : "walk");
    if (state.end) showOver(state);
    else showWalk(state);
    showSent();
  };

  const showTeams = () => {
    only("teams");
    $("no-teams").hidden = me.config.teams.length > 0;
    $("team-list").replaceChildren(
      ...me.config.teams.map((one) => {
        const title = me.config.scenarios[one.scenario]?.title ?? "";
        const button = element("button", { className: "btn", type: "button", textContent: [one.team, title, one.start].filter(Boolean).join(" ") });
        button.addEventListener("click", () => choose(one.id));
        return element("li", {}, button);
      }),
    );
  };

  const choose = (id) => {
    me.team = id;
    store.set("me", me);
    buildChoices();
    show();
    send();
  };

  const showWalk = (state) => {
    const visit = state.current;
    $("team-name").textContent = `${team().team} ${scenario().title}`;
    $("planned").textContent = scenario().planned ? say("Planned", { minutes: scenario().planned }) : "";
    $("place").textContent = visit ? [visit.counter, visit.building, visit.floor].filter(Boolean).join(" ") : say(state.visits.length ? "Moving" : "NoVisit");
    $("do-arrive").disabled = !!visit;
    $("do-called").disabled = !visit || !!visit.called;
    $("do-done").disabled = !visit;
    const next = !visit ? "arrive" : visit.called ? "done" : "called";
    for (const name of ["arrive", "called", "done"]) {
      $(`do-${name}`).classList.toggle("main", name === next);
      $(`do-${name}`).classList.toggle("past", !!visit && ((name === "arrive") || (name === "called" && !!visit.called)));
    }
    $("at-arrive").textContent = visit ? hour(visit.at) : "";
    $("at-called").textContent = visit?.called ? hour(visit.called) : "";
    $("again").disabled = !visit;
    showForms(state);
    showKeys(state);
    showLast();
    tick();
  };

  const tick = () => {
    if (!me?.team || $("walk").hidden) return;
    const state = picture();
    $("clock").textContent = state.start ? span(state.start) : "0:00";
    const visit = state.current;
    $("at-done").textContent = !visit ? "" : visit.called ? say("Served", { time: span(visit.called) }) : say("Waits", { time: span(visit.at) });
  };

  const chip = (group, value, label, checked, type = "radio") =>
    element("label", {}, element("input", { type, name: group, value, checked }), label);

  const picked = (group) => document.querySelector(`input[name="${group}"]:checked`)?.value ?? "";
  const pick = (group, value) => {
    const found = [...document.querySelectorAll(`input[name="${group}"]`)].find((one) => one.value === value);
    if (found) found.checked = true;
  };

  const fill = (id, group, pairs, type = "radio") => {
    const legend = $(id).querySelector("legend");
    $(id).replaceChildren(...(legend ? [legend] : []), ...pairs.map(([value, label], n) => chip(group, value, label, type === "radio" && n === 0, type)));
  };

  const buildChoices = () => {
    const words = me.config.words;
    delete $("forms").dataset.names;
    fill("people", "person", [...scenario().people, ["", say("Nobody")]]);
    fill("how", "how", words.how);
    fill("outcomes", "outcome", words.outcomes);
    fill("kinds", "kind", words.kinds);
    fill("categories", "category", words.categories);
    fill("ended", "ended", words.ended);
    $("keys").replaceChildren(...words.fields.map(([code, label]) => key(code, label)));
  };

  const showForms = (state) => {
    const visit = state.current?.id;
    const added = [...state.forms, ...state.writes].filter((one) => one.visit === visit).map((one) => one.form);
    const names = [...new Set([...scenario().forms, ...added])].filter(Boolean);
    const chosen = picked("form");
    const signature = JSON.stringify(names);
    if ($("forms").dataset.names !== signature) {
      fill("forms", "form", [...names.map((name) => [name, name]), ["", say("AnyForm")]]);
      const more = element("button", { type: "button", className: "tap", textContent: $("form-box").querySelector("h2").textContent });
      more.dataset.act = "form";
      $("forms").append(more);
      pick("form", $("forms").dataset.names ? chosen : (names[0] ?? ""));
      $("forms").dataset.names = signature;
    }
  };

  const key = (code, label) => {
    const button = element("button", { type: "button", textContent: label, className: label.length > 4 ? "long" : "" });
    button.dataset.field = code;
    let held = null;
    let since = Infinity;
    button.addEventListener("pointerdown", (event) => {
      since = event.timeStamp;
      held = setTimeout(() => { held = "long"; write(code, "prefilled"); }, LONG_PRESS);
    });
    for (const name of ["pointerleave", "pointercancel"]) button.addEventListener(name, () => { if (held !== "long") { clearTimeout(held); held = null; } });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", (event) => {
      const was = held;
      held = null;
      if (was === "long" && event.detail) return; // the end of the long press; a key's press has no detail
      clearTimeout(was);
      // A busy phone's clock comes late: when the finger came and went is what counts.
      const long = event.detail && event.timeStamp - since >= LONG_PRESS;
      write(code, long ? "prefilled" : picked("how") || "written");
    });
    return button;
  };

  const write = (field, how) => {
    const visit = picture().current;
    if (!visit) return;
    tap("write", { visit: visit.id, field, how, times: 1, form: picked("form"), person: picked("person") });
    pick("how", me.config.words.how[0][0]); // the next one is written again, unless it is said
  };

  const showKeys = (state) => {
    const here = state.writes.filter((one) => one.visit === state.current?.id && one.form === picked("form") && one.person === picked("person"));
    for (const button of $("keys").children) {
      const mine = here.filter((one) => one.field === button.dataset.field);
      const written = mine.filter((one) => one.how === "written").length;
      const avoided = mine.length - written;
      button.disabled = !state.current;
      button.classList.toggle("has", mine.length > 0);
      button.classList.toggle("both", written > 0 && avoided > 0);
      for (const mark of button.querySelectorAll(".ct")) mark.remove();
      if (written) button.append(element("span", { className: "ct", textContent: written }));
      if (avoided) button.append(element("span", { className: "ct est", textContent: avoided, title: say("Avoided") }));
    }
  };

  const label = (pairs, code) => pairs.find(([value]) => value === code)?.[1] ?? code;
  const inWords = (one) => {
    const words = me.config.words;
    if (one.kind === "write") return [label(words.fields, one.data.field), label(words.how, one.data.how), label(scenario().people, one.data.person), one.data.form].filter(Boolean).join(" ");
    if (one.kind === "arrive") return `${$("do-arrive").firstElementChild.textContent} ${one.data.counter}`;
    if (one.kind === "procedure") return label(scenario().procedures, one.data.procedure);
    if (one.kind === "notice") return one.data.text;
    if (one.kind === "form") return one.data.form;
    const button = { called: $("do-called"), done: $("do-done"), again: $("again") }[one.kind];
    return button ? button.querySelector("span").textContent : "";
  };

  const lastOwn = () => {
    const kept = new Set(standing().map((one) => one.uid));
    return own().filter((one) => one.team === me.team && kept.has(one.uid) && one.kind !== "end" && Date.now() - new Date(one.at) < UNDO_FOR).at(-1);
  };

  const showLast = (words = "") => {
    const one = lastOwn();
    $("last").textContent = words || (one ? `${hour(one.at)} ${inWords(one)}` : "");
    $("undo").hidden = !one;
  };

  const showOver = (state) => {
    const written = state.writes.filter((one) => one.how === "written").length;
    $("over-said").textContent = [
      `${team().team} ${label(me.config.words.ended, state.end.data.ended)} ${span(state.start, new Date(state.end.at))}`,
      say("Visits", { count: state.visits.length }),
      say("Writes", { count: written }),
      say("Notices", { count: state.notices }),
    ].join("、");
  };

  const showSent = (refusal = "") => {
    const waiting = unsent().length;
    const words = refusal || (waiting ? say("Waiting", { count: waiting }) : say("Online"));
    $("state").textContent = words;
    $("over-state").textContent = words;
    body.dataset.waiting = String(waiting);
  };

  // --- what the buttons do --------------------------------------------------------------------------------

  const arrive = (place) => {
    if (!place.counter) return;
    const metres = $("metres").value.normalize("NFKC").trim();
    const distance = /^[0-9]+$/.test(metres) ? { distance_m: Number(metres) } : {};
    $("places-box").close();
    tap("arrive", { ...place, distance_m: undefined, ...distance, visit: newId() });
  };

  const ACTS = {
    arrive() {
      const first = picture().visits.length === 0;
      $("place-name").value = $("metres").value = "";
      $("place-list").replaceChildren(
        ...me.config.places.map((place) => {
          const button = element("button", { type: "button", className: "btn", textContent: [place.counter, place.building, place.floor].filter(Boolean).join(" ") });
          button.addEventListener("click", () => {
            if (first && !$("metres").value && place.distance_m !== null) $("metres").value = String(place.distance_m);
            arrive(place);
          });
          return element("li", {}, button);
        }),
      );
      $("places-box").showModal();
    },
    "arrive-typed": () => arrive({ counter: $("place-name").value.trim() }),
    called: () => tap("called", { visit: picture().current.id }),
    leave() {
      const state = picture();
      const open = scenario().procedures.filter(([id]) => !state.procedures.has(id));
      fill("procedures", "procedure", open, "checkbox");
      pick("outcome", me.config.words.outcomes[0][0]);
      $("leave-box").showModal();
    },
    done() {
      const visit = picture().current?.id;
      if (!visit) return $("leave-box").close();
      for (const one of document.querySelectorAll('input[name="procedure"]:checked')) tap("procedure", { visit, procedure: one.value });
      tap("done", { visit, outcome: picked("outcome") });
      $("leave-box").close();
    },
    notice() {
      $("text").value = $("photo").value = "";
      $("notice-said").hidden = true;
      $("notice-box").showModal();
      $("text").focus();
    },
    async "notice-keep"() {
      const text = $("text").value.trim();
      const refused = (words) => { $("notice-said").textContent = words; $("notice-said").hidden = false; };
      if (!text) return refused(say("NoText"));
      const data = { visit: picture().current?.id ?? "", kind: picked("kind"), category: picked("category"), text };
      const [file] = $("photo").files;
      try {
        if (file) {
          data.photo = newId();
          const blob = await small(file);
          await shelf("readwrite", (photos) => photos.put(blob, data.photo));
        }
      } catch {
        return refused(say("NoPhoto"));
      }
      tap("notice", data);
      $("notice-box").close();
    },
    again: () => tap("again", { visit: picture().current.id }),
    form() {
      $("form-name").value = "";
      $("form-box").showModal();
    },
    "form-keep"() {
      const name = $("form-name").value.trim();
      const visit = picture().current?.id;
      if (name && visit) {
        tap("form", { visit, form: name });
        pick("form", name);
        show();
      }
      $("form-box").close();
    },
    stop() {
      $("why").value = "";
      $("stop-box").showModal();
    },
    end() {
      $("stop-box").close();
      tap("end", { ended: picked("ended"), why: $("why").value.trim() });
    },
    reopen: () => tap("undo", { uid: picture().end.uid }),
    undo() {
      const one = lastOwn();
      if (!one) return;
      const words = inWords(one);
      tap("undo", { uid: one.uid });
      showLast(`${say("TookBack")} ${words}`);
    },
    switch() {
      me.team = "";
      store.set("me", me);
      show();
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button && !button.disabled) ACTS[button.dataset.act]();
  });
  document.addEventListener("change", (event) => {
    if (["form", "person"].includes(event.target.name)) showKeys(picture());
  });

  // --- joining and sending -----------------------------------------------------------------------------------

  const post = (url, content, key = "") =>
    fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...(key ? { Authorization: `Recorder ${key}` } : {}) }, body: JSON.stringify(content), credentials: "omit" });

  $("join-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const refused = (words) => { $("join-said").textContent = words; $("join-said").hidden = false; };
    try {
      const answer = await post(body.dataset.join, { pin: $("pin").value.normalize("NFKC").trim(), name: $("name").value.trim() });
      const said = await answer.json();
      if (!answer.ok) return refused(said.said.join(" "));
      me = { ...said, code: body.dataset.code, team: me?.team ?? "" };
      store.set("me", me);
      $("join-said").hidden = true;
      if (me.team && team()) buildChoices();
      show();
      send();
    } catch {
      refused(say("NoNetwork"));
    }
  });

  let flight = null;
  let timer = null;
  const sendSoon = () => { clearTimeout(timer); timer = setTimeout(send, 300); };

  const send = async () => {
    if (!me?.team || flight) return;
    flight = exchange();
    try {
      if (await flight) sendSoon(); // more is waiting
    } catch {
      afterPress(showSent);
    } finally {
      flight = null;
    }
  };

  const exchange = async () => {
    const batch = unsent().slice(0, BATCH);
    const now = new Date().toISOString();
    const taps = batch.map(({ uid, team: of, kind, at, data }) => ({ uid, team: of, kind, at, data }));
    const answer = await post(body.dataset.sync, { team: me.team, cursor: store.get(`cursor:${me.team}`) ?? 0, now, taps }, me.key);
    if (answer.status === 401) return void afterPress(leaveDay);
    const said = await answer.json();
    if (!answer.ok) return void afterPress(() => showSent(said.said.join(" ")));
    if (batch.length) store.set("sent", batch.at(-1).n);
    for (const one of said.others) store.set(`got:${one.uid}`, one);
    store.set(`cursor:${me.team}`, said.cursor);
    afterPress(show);
    await sendPhotos();
    return unsent().length > 0;
  };

  const leaveDay = () => {
    only("join");
    $("join-said").textContent = say("Gone");
    $("join-said").hidden = false;
  };

  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  setInterval(send, RETRY);
  setInterval(tick, 1000);
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(body.dataset.worker, { scope: "/record/" });
    // The page itself was loaded before the worker was there to keep it.
    navigator.serviceWorker.ready.then(() => caches.open("madoguchi-recorder")).then((cache) => cache.add(location.pathname)).then(() => (body.dataset.kept = "yes"));
  }
  if (navigator.storage?.persist) navigator.storage.persist();

  // Another survey's code on the same device is another day; what was recorded for the first has to arrive first.
  if (me && me.code !== body.dataset.code && !unsent().length) {
    for (const name of Object.keys(localStorage)) if (name.startsWith("mr:")) localStorage.removeItem(name);
    me = null;
  }
  if (me?.team && team()) buildChoices();
  show();
  send();
})();
