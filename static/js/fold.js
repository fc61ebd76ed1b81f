// From a team's taps to its walk, as the server folds them (survey/recorder/fold.py): the same taps, in any order, give the
// same walk. A tap is {uid, kind, at, by, data}: `at` in milliseconds by the service's clock, `by` whose phone it was.
(() => {
  "use strict";

  const SAME_ARRIVAL = 10 * 60 * 1000; // two recorders who tap 着いた at one counter so near in time mean one visit
  const TEXT_LENGTH = 2000;
  const MOST_TIMES = 1000;
  const OBSERVED = { kinds: "problem", categories: "operation" };

  const text = (value) => (typeof value === "string" ? value.replaceAll("\0", "").trim().slice(0, TEXT_LENGTH) : "");
  const times = (value) => (Number.isInteger(value) ? Math.min(Math.max(value, 1), MOST_TIMES) : 1);
  const placeOf = (data) => Object.fromEntries(["counter", "section", "building", "floor"].map((name) => [name, text(data[name])]));
  const samePlace = (one, other) => ["building", "floor", "counter"].every((name) => one[name] === other[name]);
  const inTime = (one, other) => one.at - other.at || (one.uid < other.uid ? -1 : 1);

  class Walk {
    constructor(said, known) {
      this.known = known;
      this.left = new Map(said.filter((tap) => tap.kind === "done").map((tap) => [String(tap.data.visit), tap.at]));
      this.visits = new Map();
      this.same = new Map();
      this.observations = [];
      this.end = null;
    }

    visitOf(tap) {
      const name = String(tap.data.visit || "");
      return this.visits.get(this.same.get(name) ?? name);
    }

    twin(tap, place) {
      for (const [name, visit] of this.visits) {
        const open = !this.left.has(name) || this.left.get(name) > tap.at;
        if (visit.by !== tap.by && open && tap.at - visit.queued <= SAME_ARRIVAL && samePlace(visit.place, place)) return name;
      }
      return "";
    }

    arrive(tap) {
      const id = String(tap.data.visit || tap.uid);
      const place = placeOf(tap.data);
      if (!place.counter || this.visits.has(id)) return;
      const twin = this.twin(tap, place);
      if (twin) this.same.set(id, twin);
      else this.visits.set(id, { id, place, by: tap.by, queued: tap.at, called: null, finished: null, outcome: "", again: 0, procedures: [], forms: new Map(), observations: [] });
    }

    called(tap) {
      const visit = this.visitOf(tap);
      if (visit) visit.called ??= tap.at;
    }

    done(tap) {
      const visit = this.visitOf(tap);
      if (!visit) return;
      visit.finished = Math.max(tap.at, visit.finished ?? tap.at);
      if (this.known.outcomes.includes(tap.data.outcome)) visit.outcome = tap.data.outcome;
    }

    procedure(tap) {
      const visit = this.visitOf(tap);
      const id = tap.data.procedure;
      const taken = [...this.visits.values()].some((one) => one.procedures.includes(id));
      if (visit && this.known.procedures.includes(id) && !taken) visit.procedures.push(id);
    }

    again(tap) {
      const visit = this.visitOf(tap);
      if (visit) visit.again += 1;
    }

    formOf(visit, data) {
      const name = text(data.form);
      if (!visit.forms.has(name)) visit.forms.set(name, []);
      return visit.forms.get(name);
    }

    form(tap) {
      const visit = this.visitOf(tap);
      if (visit) this.formOf(visit, tap.data);
    }

    write(tap) {
      const visit = this.visitOf(tap);
      const { field, how } = tap.data;
      if (!visit || !this.known.fields.includes(field)) return;
      const person = this.known.people.includes(tap.data.person) ? tap.data.person : "";
      const way = this.known.how.slice(1).includes(how) ? how : this.known.how[0];
      this.formOf(visit, tap.data).push({ field, person, how: way, times: times(tap.data.times) });
    }

    notice(tap) {
      const words = text(tap.data.text);
      if (!words) return;
      const item = { kind: tap.data.kind, category: tap.data.category, text: words };
      if (!this.known.kinds.includes(item.kind)) item.kind = OBSERVED.kinds;
      if (!this.known.categories.includes(item.category)) item.category = OBSERVED.categories;
      (this.visitOf(tap) ?? this).observations.push(item);
    }

    ended(tap) {
      const how = this.known.ended.includes(tap.data.ended) ? tap.data.ended : this.known.ended[0];
      this.end = { uid: tap.uid, at: tap.at, ended: how, why: text(tap.data.why) };
    }

    take(tap) {
      const step = { arrive: "arrive", called: "called", done: "done", procedure: "procedure", again: "again", form: "form", write: "write", notice: "notice", end: "ended" }[tap.kind];
      if (step) this[step](tap);
    }
  }

  // Times in their order and inside the walk: two clocks differ, and some are wrong.
  const clip = (at, low, high) => Math.min(Math.max(at, low), high);
  const inOrder = (visit, start, limit) => {
    const queued = clip(visit.queued, start, limit);
    const called = visit.called === null ? null : clip(visit.called, queued, limit);
    const finished = visit.finished === null ? null : clip(visit.finished, called ?? queued, limit);
    const outcome = visit.outcome || (limit !== Infinity && finished === null ? "left" : "");
    return { ...visit, queued, called, finished, outcome };
  };

  // A tap's data as its declaration has it (survey/recorder/declared.py, which comes with the day): a number alone is the most
  // characters of a text, a pair the least and the most of a whole number. What says something else is dropped.
  const UNFIT = /[\0\p{Surrogate}]/gu;
  const declaredValue = (value, rule) => {
    if (Array.isArray(rule)) return Number.isInteger(value) ? Math.min(Math.max(value, rule[0]), rule[1]) : undefined;
    return typeof value === "string" ? [...value.replaceAll(UNFIT, "")].slice(0, rule).join("") : undefined;
  };
  globalThis.cleanTap = (kind, data, declared) =>
    Object.fromEntries(Object.entries(declared[kind] ?? {}).map(([name, rule]) => [name, declaredValue(data[name], rule)]).filter(([, value]) => value !== undefined));

  // `known`: the codes that may be referred to, as lists. `standing` are the taps that were not taken back.
  globalThis.foldTaps = (taps, known) => {
    const undone = new Set(taps.filter((tap) => tap.kind === "undo").map((tap) => String(tap.data.uid)));
    const standing = taps.filter((tap) => tap.kind !== "undo" && !undone.has(tap.uid)).sort(inTime);
    const walk = new Walk(standing, known);
    // What was written at a counter may seem to come before somebody arrived there.
    for (const tap of standing) if (tap.kind === "arrive") walk.take(tap);
    for (const tap of standing) if (tap.kind !== "arrive") walk.take(tap);
    const start = standing[0]?.at ?? null;
    const end = walk.end && { ...walk.end, at: Math.max(walk.end.at, start) };
    const visits = [...walk.visits.values()].sort((one, other) => one.queued - other.queued);
    return {
      start,
      end,
      standing,
      visits: visits.map((visit) => inOrder(visit, start, end?.at ?? Infinity)),
      observations: walk.observations,
    };
  };
})();
