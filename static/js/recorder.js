// The recorder: taps are kept on this device first, then sent. Nothing here needs a network but joining.
// Kept under "mr:CODE:" (kept.js), CODE being the day's: "me" (key, name, config, team), "tap:N" (own taps in order, with "told",
// their time by the service's clock, once they have arrived), "got:UID" (other devices' taps), "count", "sent" (N up to which own
// taps have arrived), "ahead" (milliseconds by which this clock is ahead), "cursor:TEAM" (how far the others' were fetched) and
// "typed:ID" (words of a dialog that was left).
// Pictures wait in IndexedDB, each with its day's code and key, made small and drawn anew: what the camera wrote beside them
// (place, device) stays behind.
(() => {
  "use strict";

  const UNDO_FOR = 10 * 60 * 1000; // milliseconds
  const RETRY = 15000;
  const PATIENCE = 20000; // a picture's answer that takes longer does not come
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

  // One day's records; another survey's code on the same device is another day, whose records stay until they have arrived.
  class Day {
    constructor(code) {
      this.code = code;
      this.store = keptUnder(`mr:${code}:`);
    }

    get me() { return this.store.get("me"); }
    get own() { return this.store.all("tap:").sort((a, b) => a.n - b.n); }
    get unsent() {
      const sent = this.store.get("sent", 0);
      return this.own.filter((tap) => tap.n > sent);
    }
  }
  const today = new Day(body.dataset.code);
  const { store } = today;
  const others = keptNames("mr").filter((code) => code !== today.code).map((code) => new Day(code));
  let me = today.me;
  for (const id of ["text", "place-name", "form-name", "why"]) store.follow($(id));

  const newId = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""));

  const tap = (kind, data) => {
    const n = store.get("count", 0) + 1;
    const said = me.config.taps ? cleanTap(kind, data, me.config.taps) : data; // who joined before has no declaration
    const made = { n, uid: newId(), team: me.team, kind, at: new Date().toISOString(), data: said };
    store.set(`tap:${String(n).padStart(6, "0")}`, made); // first the tap, then the count: a phone that dies between loses neither
    store.set("count", n);
    show();
    sendSoon();
    return made;
  };

  // --- pictures ---------------------------------------------------------------------------------------------

  const asked = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
  const inHand = new Map(); // pictures that the browser would not keep
  const shelf = async (mode, work) => {
    const opened = indexedDB.open("madoguchi-recorder", 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore("photos");
    const database = await asked(opened);
    try {
      return await work(database.transaction("photos", mode).objectStore("photos"));
    } finally {
      database.close();
    }
  };
  const pictures = async () => {
    const kept = async (photos) => {
      const [names, found] = await Promise.all([asked(photos.getAllKeys()), asked(photos.getAll())]);
      return names.map((uid, n) => [uid, found[n]]);
    };
    try {
      return [...(await shelf("readonly", kept)), ...inHand];
    } catch {
      return [...inHand];
    }
  };
  const putPicture = async (uid, picture) => {
    try {
      await shelf("readwrite", (photos) => asked(photos.put(picture, uid)));
    } catch {
      inHand.set(uid, picture);
    }
    await countPictures();
  };
  const dropPicture = async (uid) => {
    if (!inHand.delete(uid)) await shelf("readwrite", (photos) => asked(photos.delete(uid)));
  };
  const countPictures = async () => (body.dataset.photos = String((await pictures()).length));

  const small = async (file) => {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = element("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  };

  const sendPictures = async () => {
    for (const [uid, { blob, code, key }] of await pictures()) {
      // A day that was joined anew since has another key.
      const headers = { "Content-Type": "image/jpeg", Authorization: `Recorder ${new Day(code).me?.key ?? key}` };
      const answer = await fetch(body.dataset.photo.replace("UID", uid), { method: "POST", body: blob, credentials: "omit", headers, signal: AbortSignal.timeout(PATIENCE) });
      const said = await answer.json(); // what stands between us may answer with a page of its own
      if (said.kept === uid || answer.status === 422) await dropPicture(uid); // a picture that nobody can read is not sent for ever
    }
    await countPictures();
  };

  // --- from taps to what the screen shows -----------------------------------------------------------------

  const codes = (pairs) => pairs.map(([code]) => code);
  const known = () => {
    const { fields, how, outcomes, kinds, categories, ended } = me.config.words;
    const { people, procedures } = scenario();
    return { fields: codes(fields), how: codes(how), outcomes: codes(outcomes), kinds: codes(kinds), categories: codes(categories), ended: codes(ended), people: codes(people), procedures: codes(procedures) };
  };
  // Both by the service's clock: own taps that have not arrived by the difference that was measured last.
  const told = (one) => (one.told ? Date.parse(one.told) : Date.parse(one.at) - store.get("ahead", 0));
  const taps = () => [...today.own.map((one) => ({ ...one, by: 0, at: told(one) })), ...store.all("got:").map((one) => ({ ...one, at: Date.parse(one.at) }))];
  const clock = () => Date.now() - store.get("ahead", 0);

  const picture = () => {
    const walk = foldTaps(taps().filter((one) => one.team === me.team), known());
    return { ...walk, current: walk.visits.filter((visit) => visit.finished === null).at(-1) ?? null };
  };
  const wordsWritten = (visit) => [...visit.forms].flatMap(([form, writes]) => writes.map((one) => ({ ...one, form })));

  const team = () => me.config.teams.find((one) => one.id === me.team);
  const scenario = () => me.config.scenarios[team().scenario] ?? { title: "", people: [], procedures: [], forms: [] };
  const placeName = (place) => [place.counter, place.building, place.floor].filter(Boolean).join(" ");
  const hour = (at) => new Date(at).toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit" });
  const span = (from, to = clock()) => {
    const seconds = Math.max(0, Math.floor((to - from) / 1000));
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
    $("place").textContent = visit ? placeName(visit.place) : say(state.visits.length ? "Moving" : "NoVisit");
    $("do-arrive").disabled = !!visit;
    $("do-called").disabled = !visit || !!visit.called;
    $("do-done").disabled = !visit;
    const next = !visit ? "arrive" : visit.called ? "done" : "called";
    for (const name of ["arrive", "called", "done"]) {
      $(`do-${name}`).classList.toggle("main", name === next);
      $(`do-${name}`).classList.toggle("past", !!visit && ((name === "arrive") || (name === "called" && !!visit.called)));
    }
    $("at-arrive").textContent = visit ? hour(visit.queued) : "";
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
    $("at-done").textContent = !visit ? "" : visit.called ? say("Served", { time: span(visit.called) }) : say("Waits", { time: span(visit.queued) });
  };

  const chip = (group, value, label, checked, type = "radio") =>
    element("label", {}, element("input", { type, name: group, value, checked }), label);

  const picked = (group) => document.querySelector(`input[name="${group}"]:checked`)?.value ?? "";
  const pick = (group, value) => {
    const found = [...document.querySelectorAll(`input[name="${group}"]`)].find((one) => one.value === value);
    if (found) found.checked = true;
  };

  // The first is chosen where most often it is the answer; where it is not, nothing is.
  const fill = (id, group, pairs, { type = "radio", chosen = 0 } = {}) => {
    const legend = $(id).querySelector("legend");
    $(id).replaceChildren(...(legend ? [legend] : []), ...pairs.map(([value, label], n) => chip(group, value, label, type === "radio" && n === chosen, type)));
  };

  const buildChoices = () => {
    const words = me.config.words;
    delete $("forms").dataset.names;
    fill("people", "person", [...scenario().people, ["", say("Nobody")]]);
    fill("how", "how", words.how);
    fill("outcomes", "outcome", words.outcomes);
    fill("kinds", "kind", words.kinds);
    fill("categories", "category", words.categories, { chosen: null });
    fill("ended", "ended", words.ended, { chosen: null });
    $("keys").replaceChildren(...words.fields.map(([code, label]) => key(code, label)));
  };

  // At each counter the forms of its answer key come first, and the one that is on the table is chosen.
  const showForms = (state) => {
    const visit = state.current;
    const here = scenario().forms.filter(([, place]) => place === visit?.place.counter);
    const used = visit ? [...visit.forms.keys()] : [];
    const names = [...new Set([...here, ...scenario().forms].map(([name]) => name).concat(used))].filter(Boolean);
    const signature = JSON.stringify([visit?.id ?? "", names]);
    if ($("forms").dataset.names === signature) return;
    const same = JSON.parse($("forms").dataset.names ?? "[]")[0] === (visit?.id ?? "");
    const chosen = same ? picked("form") : (lastForm(visit) ?? here[0]?.[0] ?? "");
    fill("forms", "form", [...names.map((name) => [name, name]), ["", say("AnyForm")]]);
    const more = element("button", { type: "button", className: "tap", textContent: $("form-box").querySelector("h2").textContent });
    more.dataset.act = "form";
    $("forms").append(more);
    pick("form", chosen);
    $("forms").dataset.names = signature;
  };
  const lastForm = (visit) => {
    const here = visit ? today.own.filter((one) => one.data.visit === visit.id && ["form", "write"].includes(one.kind)) : [];
    return here.at(-1)?.data.form;
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
    const here = state.current ? wordsWritten(state.current).filter((one) => one.form === picked("form") && one.person === picked("person")) : [];
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
    const kept = new Set(picture().standing.map((one) => one.uid));
    return today.own.filter((one) => one.team === me.team && kept.has(one.uid) && one.kind !== "end" && Date.now() - Date.parse(one.at) < UNDO_FOR).at(-1);
  };

  const showLast = (words = "") => {
    const one = lastOwn();
    $("last").textContent = words || (one ? `${hour(told(one))} ${inWords(one)}` : "");
    $("undo").hidden = !one;
  };

  const showOver = (state) => {
    const written = state.visits.flatMap(wordsWritten).filter((one) => one.how === "written").length;
    const noticed = state.visits.reduce((sum, visit) => sum + visit.observations.length, state.observations.length);
    $("over-said").textContent = [
      `${team().team} ${label(me.config.words.ended, state.end.ended)} ${span(state.start, state.end.at)}`,
      say("Visits", { count: state.visits.length }),
      say("Writes", { count: written }),
      say("Notices", { count: noticed }),
    ].join("、");
  };

  const waitingElsewhere = () => others.reduce((sum, day) => sum + day.unsent.length, 0);
  const showSent = (refusal = "") => {
    const taps = today.unsent.length;
    const photos = Number(body.dataset.photos ?? 0);
    const count = taps + photos;
    const held = store.isHeld || inHand.size > 0;
    const state = !count ? say("Online") : say(held ? "Held" : "Waiting", { count });
    const words = [refusal || state, held && !count ? say("NotKept") : "", waitingElsewhere() ? say("Elsewhere", { count: waitingElsewhere() }) : ""];
    $("state").textContent = $("over-state").textContent = words.filter(Boolean).join("。");
    body.dataset.waiting = String(taps);
  };
  addEventListener("beforeunload", (event) => {
    if ((store.isHeld && today.unsent.length) || inHand.size) event.preventDefault();
  });

  // --- what the buttons do --------------------------------------------------------------------------------

  const arrive = (place) => {
    if (!place.counter) return;
    const metres = $("metres").value.normalize("NFKC").trim();
    const distance = /^[0-9]+$/.test(metres) ? { distance_m: Number(metres) } : {};
    $("places-box").close();
    store.used("place-name");
    tap("arrive", { ...place, distance_m: undefined, ...distance, visit: newId() });
  };

  const ACTS = {
    arrive() {
      const first = picture().visits.length === 0;
      $("place-name").value = store.typed("place-name");
      $("metres").value = "";
      $("place-list").replaceChildren(
        ...me.config.places.map((place) => {
          const button = element("button", { type: "button", className: "btn", textContent: placeName(place) });
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
      const done = new Set(state.visits.flatMap((visit) => visit.procedures));
      fill("procedures", "procedure", scenario().procedures.filter(([id]) => !done.has(id)), { type: "checkbox" });
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
      $("text").value = store.typed("text");
      $("photo").value = "";
      $("notice-said").hidden = $("no-photo").hidden = true;
      for (const one of document.querySelectorAll('input[name="category"]')) one.checked = false;
      $("notice-box").showModal();
      $("text").focus();
    },
    async "notice-keep"() {
      const text = $("text").value.trim();
      const refused = (words) => { $("notice-said").textContent = words; $("notice-said").hidden = false; };
      if (!text) return refused(say("NoText"));
      if (!picked("category")) return refused(say("NoCategory"));
      const data = { visit: picture().current?.id ?? "", kind: picked("kind"), category: picked("category"), text };
      const [file] = $("photo").files;
      try {
        if (file) {
          data.photo = newId();
          await putPicture(data.photo, { blob: await small(file), code: today.code, key: me.key });
        }
      } catch {
        return refused(say("NoPhoto"));
      }
      tap("notice", data);
      store.used("text");
      $("notice-box").close();
    },
    again: () => tap("again", { visit: picture().current.id }),
    form() {
      $("form-name").value = store.typed("form-name");
      $("form-box").showModal();
    },
    "form-keep"() {
      const name = $("form-name").value.trim();
      const visit = picture().current?.id;
      if (name && visit) {
        tap("form", { visit, form: name });
        store.used("form-name");
        pick("form", name);
        show();
      }
      $("form-box").close();
    },
    "no-photo"() {
      $("photo").value = "";
      $("no-photo").hidden = $("notice-said").hidden = true;
    },
    stop() {
      $("why").value = store.typed("why");
      $("stop-said").hidden = true;
      for (const one of document.querySelectorAll('input[name="ended"]')) one.checked = false;
      $("stop-box").showModal();
    },
    end() {
      $("stop-said").hidden = !!picked("ended");
      if (!picked("ended")) return;
      $("stop-box").close();
      store.used("why");
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
    if (event.target.id === "photo") $("no-photo").hidden = !event.target.files.length;
  });

  // --- joining and sending -----------------------------------------------------------------------------------

  const refused = joinWith(body.dataset.join, say("NoNetwork"), (said) => {
    me = { ...said, team: today.me?.team ?? "" };
    store.set("me", me);
    // What waits under an older code of the same day goes out with the new key too.
    for (const { store: kept, me: device } of others) if (device?.day === said.day) kept.set("me", { ...device, key: said.key });
    if (me.team && team()) buildChoices();
    show();
    send();
  });

  // The key has ended: what was recorded stays, and so does the team, for whoever joins again.
  const leaveDay = () => {
    me = null;
    refused(say("Gone"));
    show();
  };

  let flight = false;
  let timer = null;
  const sendSoon = () => { clearTimeout(timer); timer = setTimeout(send, 300); };

  const send = async () => {
    if (flight) return;
    flight = true;
    try {
      if (me?.team && (await exchange(today))) sendSoon(); // more is waiting
      await sendPictures();
      for (const day of others) await deliver(day);
    } catch {
      // It is kept here, and sent again.
    } finally {
      flight = false;
    }
    afterPress(() => me?.team && showSent());
  };

  const exchange = async (day) => {
    const waiting = day.unsent;
    const batch = waiting.slice(0, BATCH);
    const { me: device, store: kept } = day;
    const said = { team: device.team, cursor: kept.get(`cursor:${device.team}`, 0), now: new Date().toISOString(), last: waiting.at(-1)?.at };
    const taps = batch.map(({ uid, team: of, kind, at, data }) => ({ uid, team: of, kind, at, data }));
    const answer = await postAs(body.dataset.sync, { ...said, taps }, device.key);
    if (answer.status === 401) return void (day === today && afterPress(leaveDay));
    const told = await answer.json();
    if (!answer.ok) return void (day === today && afterPress(() => showSent(told.said.join(" "))));
    keepAnswer(day, batch, told);
    if (day === today) afterPress(show);
    return day.unsent.length > 0;
  };

  const keepAnswer = ({ store: kept, me: device }, batch, told) => {
    for (const one of batch) kept.set(`tap:${String(one.n).padStart(6, "0")}`, { ...one, told: told.at[one.uid] });
    if (batch.length) kept.set("sent", batch.at(-1).n);
    for (const one of told.others) kept.set(`got:${one.uid}`, one);
    kept.set(`cursor:${device.team}`, told.cursor);
    kept.set("ahead", told.ahead * 1000);
  };

  // What another day still holds goes to that day; once all has arrived, it is forgotten here.
  const deliver = async (day) => {
    while (day.me && day.unsent.length && (await exchange(day)));
    const photos = (await pictures()).filter(([, { code }]) => code === day.code);
    if (day.unsent.length || photos.length) return;
    day.store.clear();
    others.splice(others.indexOf(day), 1);
  };

  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  setInterval(send, RETRY);
  setInterval(tick, 1000);
  // The page itself was loaded before the worker was there to keep it.
  const keepPage = async () => {
    const answer = await fetch(location.pathname);
    if (answer.headers.get("X-Madoguchi") !== "recorder") return;
    await (await caches.open("madoguchi-recorder")).put(location.pathname, answer);
    body.dataset.kept = "yes";
  };
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(body.dataset.worker, { scope: "/record/" }).catch(() => undefined);
    navigator.serviceWorker.ready.then(keepPage).catch(() => undefined); // forbidden here, or the line is gone: the worker does it next time
  }
  if (navigator.storage?.persist) navigator.storage.persist();

  if (me?.team && team()) buildChoices();
  countPictures().then(() => {
    show();
    send();
  });
})();
