// Joining with a scanned code or a typed PIN. The scanned code carries a ticket behind "#", where no log sees it: with it
// nobody types a PIN. A device tells a name that it chose itself once, by which wrong PINs are counted.
(() => {
  "use strict";

  const PATIENCE = 20000; // milliseconds; an answer that takes longer does not come
  const itself = keptUnder("md:");
  const device = itself.get("id") ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  itself.set("id", device);

  // The key in the header speaks for the device; no cookie does.
  globalThis.postAs = (url, content, key = "") =>
    fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...(key ? { Authorization: `Recorder ${key}` } : {}) }, body: JSON.stringify(content), credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });

  // `joined` is given what the service answers: key, name, day and what the page needs. Returns what says a refusal.
  globalThis.joinWith = (url, noNetwork, joined) => {
    const form = document.getElementById("join-form");
    const place = document.getElementById("join-said");
    const { pin, name } = form.elements;
    const ticket = location.hash.slice(1);
    const askPin = (wanted) => { pin.closest(".field").hidden = !wanted; pin.required = wanted; };
    const refused = (words) => { place.textContent = words; place.hidden = false; };
    askPin(!ticket);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const answer = await postAs(url, { pin: pin.value.normalize("NFKC").trim(), ticket, device, name: name.value.trim() });
        const said = await answer.json();
        if (!answer.ok) {
          if (said.fields?.includes("pin")) askPin(true);
          return refused(said.said.join(" "));
        }
        place.hidden = true;
        await joined(said);
      } catch {
        refused(noNetwork);
      }
    });
    return refused;
  };
})();
