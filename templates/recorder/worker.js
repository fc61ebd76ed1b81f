{% load static %}// Keeps the recorder on the device: it opens without a network, on a slow one, and where something else answers in our place.
const NAME = "madoguchi-recorder";
const PARTS = ["{% static 'css/madoguchi.css' %}", "{% static 'css/forms.css' %}", "{% static 'css/recorder.css' %}", "{% static 'js/press.js' %}", "{% static 'js/kept.js' %}", "{% static 'js/join.js' %}", "{% static 'js/fold.js' %}", "{% static 'js/recorder.js' %}", "{% static 'img/icons.svg' %}", "{% static 'img/favicon.svg' %}"];
const PATIENCE = 3000; // milliseconds until the kept copy is better than no answer

// A page of a proxy or a filter is neither marked as ours nor a stylesheet, a script or a picture.
const isOurs = (answer) => answer.ok && (answer.headers.get("X-Madoguchi") === "recorder" || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html"));

const kept = async (request) => {
  const cache = await caches.open(NAME);
  return cache.match(request, { ignoreVary: true }); // cookies and languages do not change what it is
};
const fetched = async (request) => {
  const answer = await fetch(request);
  if (!isOurs(answer)) return { answer, ours: false };
  const cache = await caches.open(NAME);
  await cache.put(request, answer.clone());
  return { answer, ours: true };
};
const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds, {}));

const answered = async (request) => {
  const coming = fetched(request).catch((error) => ({ error }));
  const first = await Promise.race([coming, after(PATIENCE)]);
  if (first.ours) return first.answer;
  const copy = await kept(request);
  if (copy) return copy;
  const { answer, error } = await coming;
  if (error) throw error;
  return answer;
};

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all(PARTS.map(fetched)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(answered(event.request));
});
