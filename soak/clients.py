"""People, programs and attackers: random requests, valid and not, as every sign-in of the demonstration."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html

from accounts.demo import PASSWORD, SIGN_INS

PATIENCE_SECONDS = 60.0
#: Pages that end what the others need, or that send files about.
LEFT_ALONE = re.compile(r"/accounts/(?:logout|password|2fa)|/i18n/|format=xlsx|/blank/")
API = (
    "calls",
    "applications",
    "rounds",
    "offers",
    "engagements",
    "sessions",
    "surveys",
    "plans",
    "decisions",
)
RUBBISH: tuple[Any, ...] = (
    *("", "あ" * 300, "x" * 70_000, "\x00", "<script>", "9" * 40, "-1", "0001-01-01", "9999-12-31T23:59"),
    *("=1+1", "令和8年12月14日", "１２", "𠮷野", "NaN"),
)


@dataclass
class Tally:
    """What the service answered. ``faults``: every 5xx with its moment, address and the number of the page."""

    statuses: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, method: str, answer: requests.Response) -> None:
        with self.lock:
            self.statuses[f"{method} {answer.status_code}"] += 1
            if answer.status_code >= 500:
                self.faults.append(
                    {
                        "at": time.time(),
                        "method": method,
                        "path": urlsplit(answer.url).path,
                        "status": answer.status_code,
                        "number": answer.headers.get("X-Request-ID", ""),
                    }
                )

    def note_cut(self, error: Exception) -> None:
        with self.lock:
            self.cut[type(error).__name__] += 1


class Client(threading.Thread):
    """One after another, until told to stop: signs in as somebody, wanders, types, sends, and comes again as another."""

    def __init__(self, sites: list[str], tally: Tally, stop: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.sites, self.tally, self.stopped = sites, tally, stop
        self.random = random.Random(seed)

    def run(self) -> None:
        while not self.stopped.is_set():
            email = self.random.choice([*(email for email, _text in SIGN_INS), ""])
            self.session = requests.Session()
            self.site = self.random.choice(self.sites)
            self.seen = {"/"}
            if email:
                self._sign_in(email)
            for _step in range(self.random.randrange(20, 60)):
                if self.stopped.is_set():
                    return
                self.random.choices([self._wander, self._api, self._device], [8, 3, 1])[0]()
                self.site = self.random.choice(self.sites)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response | None:
        more |= {"timeout": PATIENCE_SECONDS, "allow_redirects": False}
        try:
            answer = self.session.request(method, urljoin(self.site, path), **more)
        except requests.RequestException as error:  # a killed worker takes its requests with it
            self.tally.note_cut(error)
            self.stopped.wait(0.5)
            return None
        self.tally.note(method, answer)
        return answer

    def _sign_in(self, email: str) -> None:
        page = self._ask("GET", "/accounts/login/")
        if page is not None and page.ok:
            sent = {"login": email, "password": PASSWORD, **_hidden(page)}
            self._ask("POST", "/accounts/login/", data=sent, headers={"Referer": page.url})

    def _wander(self) -> None:
        path = self.random.choice(sorted(self.seen))
        answer = self._ask("GET", path)
        if answer is None or answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            return
        document = html.fromstring(answer.content)
        self.seen |= {link for link in _links(document) if not LEFT_ALONE.search(link)}
        forms = [form for form in document.forms if form.method == "POST"]
        forms = [form for form in forms if not LEFT_ALONE.search(form.action or path)]
        if forms and self.random.random() < 0.5:
            self._send(path, self.random.choice(forms))

    def _send(self, path: str, form: Any) -> None:
        """The form as it stands, with some fields changed to what nobody means."""
        values = [(name, value) for name, value in form.form_values() if value is not None]
        for number, (name, _value) in enumerate(values):
            if name not in ("csrfmiddlewaretoken", "idempotency_key") and self.random.random() < 0.3:
                values[number] = (name, self.random.choice(RUBBISH))
        buttons = [(item.get("name"), item.get("value", "")) for item in form.xpath(".//button[@name]")]
        values += [self.random.choice(buttons)] if buttons else []
        to = form.action or path
        self._ask("POST", to, data=values, headers={"Referer": urljoin(self.site, path)})

    def _api(self) -> None:
        path = f"/api/v1/{self.random.choice(API)}/"
        odd = self.random.choice(["", f"?search={'あ' * 20}", "?cursor=x", "?ordering=pk", "?page_size=200"])
        answer = self._ask("GET", path + odd)
        if answer is None or answer.status_code != 200:
            return
        rows = answer.json()["results"]
        if rows and self.random.random() < 0.5:
            one = f"{path}{self.random.choice(rows)['id']}/"
            listed = self._ask("GET", f"{one}transitions/")
            if listed is not None and listed.status_code == 200 and (found := listed.json()):
                name = self.random.choice(found)["name"]
                body = {key: self.random.choice(RUBBISH) for key in ("reason", "comment", "at", "starts_at")}
                headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), "Referer": self.site}
                self._ask("POST", f"{one}transitions/{name}/", json=body, headers=headers)

    def _device(self) -> None:
        """A phone that nobody let in, with taps that nobody made."""
        tap = {"uid": "u", "team": "t", "kind": "start", "at": self.random.choice(RUBBISH), "data": {}}
        key = {"Authorization": f"Recorder {self.random.random()}"}
        self._ask("POST", "/record/sync/", json={"team": "t", "cursor": 0, "taps": [tap]}, headers=key)
        self._ask("POST", "/record/1.x~y/join/", json={"pin": "000000", "name": "見本"})


def _hidden(page: requests.Response) -> dict[str, str]:
    found = html.fromstring(page.content).xpath("//main//input[@type='hidden']")
    return {item.get("name"): item.get("value") or "" for item in found}


def _links(document: Any) -> set[str]:
    found = {str(link).partition("#")[0] for link in document.xpath("//a/@href")}
    return {link for link in found if link.startswith("/")}
