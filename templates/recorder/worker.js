{% load static %}// Keeps the recorder on the device: it opens without a network, and only it.
const NAME = "madoguchi-recorder";
const PARTS = ["{% static 'css/madoguchi.css' %}", "{% static 'css/forms.css' %}", "{% static 'css/recorder.css' %}", "{% static 'js/press.js' %}", "{% static 'js/recorder.js' %}", "{% static 'img/icons.svg' %}", "{% static 'img/favicon.svg' %}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(PARTS)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const fresh = async (request) => {
  const cache = await caches.open(NAME);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true }); // cookies and languages do not change what it is
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(fresh(event.request));
});
