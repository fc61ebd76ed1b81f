// The workshop's board, on phones (#board) and on the wall (#wall). The server tells the whole board; what was written or
// voted here is kept under "mb:CODE:" (kept.js; "me", "out": notes, gone, votes; "typed:ID") until it has arrived. What others
// did is drawn after a press, never under it.
(() => {
  "use strict";

  const PAUSE = 3000; // milliseconds between two looks
  const wall = document.getElementById("wall");
  const says = (wall ?? document.body).dataset;
  const say = (name, count = "") => says[`say${name}`].replace("{count}", count);
  const $ = (id) => document.getElementById(id);
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  const list = (id, rows) => $(id).replaceChildren(...rows);
  const line = (words, small = "") => element("p", {}, words, " ", element("small", { className: "soft", textContent: small }));

  // --- the wall -------------------------------------------------------------------------------------------------

  const wallIssue = (issue) =>
    element("li", {},
      element("h2", { textContent: issue.title }),
      element("p", { className: "small soft", textContent: [issue.heading, say("Votes", issue.votes), say("Remarks", issue.remarks)].filter(Boolean).join(" ") }),
      element("ul", {}, ...issue.decisions.map((one) => element("li", {}, element("b", { textContent: one.way }), ` ${one.title}`)),
        ...issue.notes.map((one) => element("li", { className: "paper" }, element("b", { textContent: one.way }), ` ${one.text} `, element("small", { className: "soft", textContent: one.by })))));

  const showWall = (board) => {
    $("vision").textContent = board.vision;
    list("issues", board.issues.map(wallIssue));
    list("notes", board.notes.map((one) => element("li", { className: "paper" }, `${one.text} `, element("small", { className: "soft", textContent: one.by }))));
    wall.dataset.mark = JSON.stringify(board);
  };

  const lookAtWall = async () => {
    try {
      const answer = await fetch(says.state, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const board = await answer.json();
        if (wall.dataset.mark !== JSON.stringify(board)) showWall(board);
      }
    } catch {
      // The wall shows what it last knew, and looks again.
    }
  };

  if (wall) {
    setInterval(lookAtWall, PAUSE);
    return void lookAtWall();
  }

  // --- a phone --------------------------------------------------------------------------------------------------

  const EMPTY = { notes: [], gone: [], votes: {} };
  const store = keptUnder(`mb:${says.code}:`);
  let me = store.get("me");
  let board = null;
  let asked = null;

  const out = () => store.get("out", EMPTY);
  const waiting = () => { const { notes, gone, votes } = out(); return notes.length + gone.length + Object.keys(votes).length; };
  const put = (change) => {
    const next = out();
    change(next);
    store.set("out", next);
    show();
    exchange();
  };

  const write = (text, issue, way) => put((next) => next.notes.push({ uid: newId(), text, issue, way }));
  const vote = (id, wanted) => put((next) => { next.votes[id] = wanted; });
  const takeBack = (uid) => put((next) => {
    next.notes = next.notes.filter((note) => note.uid !== uid);
    next.gone.push(uid);
  });

  const voted = (id) => out().votes[id] ?? board.mine.votes.includes(id);
  const noteRow = (note) => {
    const row = element("li", {}, line([note.way, note.text].filter(Boolean).join(" "), note.by ?? me.name));
    const own = board.mine.notes.includes(note.uid) || out().notes.some((one) => one.uid === note.uid);
    if (own) {
      const button = element("button", { type: "button", className: "tap small", textContent: say("TakeBack") });
      button.dataset.key = `back-${note.uid}`;
      button.addEventListener("click", () => takeBack(note.uid));
      row.append(button);
    }
    return row;
  };
  const shown = (notes, issue) => {
    const { gone, notes: mine } = out();
    const known = new Set(notes.map((note) => note.uid));
    return [...notes, ...mine.filter((note) => note.issue === issue && !known.has(note.uid))].filter((note) => !gone.includes(note.uid));
  };

  const issueRow = (issue) => {
    const pressed = voted(issue.id);
    const dot = element("button", { type: "button", className: "tap", textContent: `${say("Vote")} ${say("Votes", issue.votes + (pressed ? 1 : 0) - (board.mine.votes.includes(issue.id) ? 1 : 0))}` });
    dot.dataset.key = `vote-${issue.id}`;
    dot.setAttribute("aria-pressed", String(pressed));
    dot.addEventListener("click", () => vote(issue.id, !voted(issue.id)));
    const idea = element("button", { type: "button", className: "tap", textContent: say("Idea") });
    idea.dataset.key = `idea-${issue.id}`;
    idea.addEventListener("click", () => openIdea(issue));
    return element("li", {}, element("div", {}, line(issue.title, [issue.heading, say("Remarks", issue.remarks)].filter(Boolean).join(" ")),
      element("ul", { className: "plain" }, ...issue.decisions.map((one) => element("li", {}, line(`${one.way} ${one.title}`)))),
      element("ul", { className: "plain" }, ...shown(issue.notes, issue.id).map(noteRow)),
      element("p", { className: "row" }, dot, idea)));
  };

  const show = () => {
    const { key } = document.activeElement?.dataset ?? {};
    draw();
    if (key) document.querySelector(`[data-key="${key}"]`)?.focus(); // who uses the keyboard stays where they were
  };

  const draw = () => {
    $("join").hidden = !!me;
    $("board").hidden = !me || !board;
    if (!me || !board) return;
    $("vision").textContent = board.vision;
    $("note-form").hidden = !board.open;
    list("notes", shown(board.notes, null).map(noteRow));
    list("issues", board.issues.map(issueRow));
    $("no-issues").hidden = board.issues.length > 0;
    list("remarks", board.remarks.map((words) => element("li", {}, line(words))));
    $("state").textContent = !waiting() ? say("Sent") : say(store.isHeld ? "Held" : "Waiting", waiting());
    document.body.dataset.waiting = String(waiting());
    document.body.dataset.mark = board.mark;
  };

  const openIdea = (issue) => {
    asked = issue.id;
    $("idea-of").textContent = issue.title;
    $("idea").value = store.typed(`idea-${asked}`);
    $("idea-box").showModal();
    $("idea").focus();
  };
  $("idea-keep").addEventListener("click", () => {
    const text = $("idea").value.trim();
    if (!text) return $("idea").focus();
    write(text, asked, document.querySelector('input[name="way"]:checked').value);
    store.used(`idea-${asked}`);
    $("idea-box").close();
  });

  store.follow($("idea"), () => `idea-${asked}`);
  store.follow($("text"));
  $("text").value = store.typed("text");
  $("note-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return $("text").focus();
    write(text, null, "");
    $("text").value = "";
    store.used("text");
  });

  const refused = joinWith(says.join, say("NoNetwork"), async (said) => {
    me = { key: said.key, name: said.name };
    store.set("me", me);
    await exchange();
    show();
  });

  const without = (sent) => {
    const next = out();
    next.notes = next.notes.filter((note) => !sent.notes.some((one) => one.uid === note.uid));
    next.gone = next.gone.filter((uid) => !sent.gone.includes(uid));
    for (const [id, wanted] of Object.entries(sent.votes)) if (next.votes[id] === wanted) delete next.votes[id];
    store.set("out", next);
  };

  let flight = false;
  const exchange = async () => {
    if (!me || flight) return;
    flight = true;
    try {
      const sent = out();
      const answer = await postAs(says.exchange, { ...sent, mark: board?.mark ?? "" }, me.key);
      if (answer.status === 401) {
        me = null;
        refused(say("Gone"));
      } else {
        const said = await answer.json();
        if (!answer.ok) $("state").textContent = said.said.join(" ");
        else {
          without(sent);
          if (!said.same) board = said;
          if (!said.same || sent.notes.length + sent.gone.length + Object.keys(sent.votes).length) afterPress(show);
        }
      }
    } catch {
      if (board) afterPress(show);
    } finally {
      flight = false;
    }
    if (!me) afterPress(show);
  };

  addEventListener("beforeunload", (event) => store.isHeld && waiting() && event.preventDefault());
  setInterval(exchange, PAUSE);
  addEventListener("online", exchange);
  show();
  exchange();
})();
