"""The secretariat's round in a browser: fifty applications, offers and answers, a second publication, the record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from engagements.applications.models import Application, Call
from engagements.documents.models import Document
from engagements.programme.models import Programme
from engagements.rounds.matching.models import Round
from engagements.rounds.models import Offer
from tests.browser.desk import PHONE, Camera, link_to, post
from tests.browser.test_round import solve
from tests.browser.walker import Walker
from tests.documents.reading import text_of
from tests.factories.advisors import AdvisorFactory
from tests.factories.applications import PAPER
from tests.factories.engagements import member, office
from tests.factories.rounds import AcceptedFactory
from workflow.audit import faults

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
TOWNS, PLACES, WAITLISTED = 50, 6, 4


class Secretariat:
    """The office, and whoever it writes to: six towns get a place, four wait, forty are told no."""

    def __init__(self, desks: Any, camera: Camera, folder: Path) -> None:
        self.desks, self.camera, self.folder = desks, camera, folder
        now = timezone.now()
        self.towns = [
            AcceptedFactory(
                state="submitted",
                received_at=now - timedelta(days=20, minutes=TOWNS - number),
                consented_at=now - timedelta(days=15),
                consented_by="手本 一郎",
                issued_document=1,
                issued_hash=PAPER,
                consented_hash=PAPER,
            )
            for number in range(TOWNS)
        ]
        Call.objects.update(slots=PLACES)
        Programme.objects.update(employer_consent=True)
        self.advisors = [
            AdvisorFactory(
                capacity=1, employer_contact="見本 次長", employer_email=f"soumu{number}@lender.example.test"
            )
            for number in range(8)
        ]
        self.office: Walker = desks(office(), Walker)
        self.contacts: dict[int, Walker] = {}

    def contact(self, town: Application) -> Walker:
        if town.pk not in self.contacts:
            self.contacts[town.pk] = self.desks(member(Role.CONTACT, town.municipality), Walker)
        return self.contacts[town.pk]

    def decide(self) -> None:
        office = self.office
        office.open("/applications/")
        office.open("/applications/results/")
        self.camera.take(office, "results-to-decide", phone=True)
        for number, town in enumerate(self.towns):
            decision = (
                "accept" if number < PLACES else "waitlist" if number < PLACES + WAITLISTED else "decline"
            )
            office.tick(f"decision-{town.pk}", decision)
            if decision == "decline":
                office.fill(**{f"comment-{town.pk}": "今年度の枠を超えました。"})
        office.leave_halfway()
        office.press("選んだものを内定にする")
        self.camera.take(office, "results-staged", phone=True)
        office.press("選んだ結果を発表する")
        self.camera.take(office, "results-released")
        post()

    def state(self, number: int) -> str:
        return str(Application.objects.get(pk=self.towns[number].pk).state)

    def offer(self, number: int) -> Offer:
        """The last one for a town."""
        found = Offer.objects.filter(application=self.towns[number].pk).latest("pk")
        assert isinstance(found, Offer)
        return found

    def match(self) -> None:
        office = self.office
        office.open("/rounds/new/")
        assert office.page.input_value("[name=max_leads]") == str(PLACES)
        office.fill(title="第1回マッチング", starts_on="2026-04-01", ends_on="2027-03-31")
        office.tick("months", "9", "10", "11")
        office.leave_halfway()
        office.press("保存する")
        solve(office)
        self.camera.take(office, "board", phone=True)

    def publish(self) -> None:
        office = self.office
        office.press("この案で打診する")
        office.fill(message="転入とおくやみを取り上げたいとのことです。")
        office.leave_halfway()
        self.camera.take(office, "publish", phone=True)
        office.press("この案で打診する")
        post()
        self.camera.take(office, "published", phone=True)

    def answer(self, number: int, words: str, **typed: str) -> Offer:
        """The advisor who is asked for a town answers, on a phone."""
        offer = self.offer(number)
        desk: Walker = self.desks(offer.advisor.user, Walker)
        desk.page.set_viewport_size(PHONE)
        desk.open("/")
        desk.open(offer.get_absolute_url())
        if typed:
            desk.fill(**typed)
            desk.leave_halfway()
        desk.press(words)
        post()
        return offer

    def employer(self, offer: Offer, field: str, typed: str, words: str) -> None:
        """By the link, left half-way; opened again when it was used, the link shows what was done."""
        desk, link = self.desks(None, Walker), link_to(offer.advisor.employer_email)
        desk.page.set_viewport_size(PHONE)
        desk.open(link)
        desk.page.locator(f"[name={field}]").fill(typed)
        written = desk.written()
        desk.go("/calls/")
        desk.open(link)
        assert desk.written() == written
        desk.press(words)
        said = desk.heading()
        desk.open(link)
        assert desk.heading() == said
        self.camera.take(desk, f"employer-{words}")
        post()

    def answers(self) -> None:
        self.declined = self.answer(0, "見送る", reason="本務が忙しくなりました")
        self.refused = self.answer(1, "引き受ける")
        self.nobody_contradicts(1)
        self.employer(self.refused, "reason", "人手が足りません", "同意しない")
        lent = self.answer(2, "引き受ける")
        self.employer(lent, "conditions", "月に2回まで", "派遣に同意する")
        assert self.state(2) == "matched"

    def withdraw(self, number: int) -> None:
        town = self.towns[number]
        desk = self.contact(town)
        desk.open(f"/do/application/{town.pk}/withdraw/")
        desk.fill(reason="庁舎の改修と重なりました。")
        desk.leave_halfway()
        desk.press("取り下げる")
        post()

    def nobody_contradicts(self, *numbers: int) -> None:
        """A town reads whose turn it is on its home as on its application, where the office reads the same."""
        for number in numbers:
            town, desk = self.towns[number], self.contact(self.towns[number])
            desk.open(town.get_absolute_url())
            told = self.turns(desk)
            self.office.open(town.get_absolute_url())
            assert self.turns(self.office) == told, number
            desk.open("/")
            home = desk.page.locator("main").inner_text()
            assert [words for turn in told for words in turn if words not in home] == [], number
            assert bool(told) == ("の番" in home), number

    def turns(self, desk: Walker) -> list[list[str]]:
        """On the page of an application: whose turn, and what."""
        return [line.inner_text().split(" ", 1) for line in desk.page.locator("#turn + .waits p").all()]

    def match_again(self) -> None:
        office, found = self.office, Round.objects.get()
        office.open(found.get_absolute_url())
        solve(office)
        self.camera.take(office, "board-again", phone=True)
        office.press("この案で打診する")
        self.camera.take(office, "publish-again", phone=True)
        office.press("この案で打診する")
        post()
        self.camera.take(office, "published-again", phone=True)
        states = {number: self.state(number) for number in range(PLACES + WAITLISTED)}
        accepted = dict.fromkeys((0, 1, 4, 5, PLACES), "accepted")
        waits = dict.fromkeys(range(PLACES + 1, PLACES + WAITLISTED), "waitlisted")
        assert states == {**accepted, **waits, 2: "matched", 3: "withdrawn"}
        assert {self.offer(number).state for number in accepted} == {"sent"}
        assert self.offer(0).advisor_id != self.declined.advisor_id
        assert self.offer(1).advisor_id != self.refused.advisor_id

    def print_the_record(self) -> None:
        self.office.open(Round.objects.get().get_absolute_url())
        self.office.press("決定記録のPDFを作る")
        post()
        paper = Document.objects.get(kind="round-record")
        text = text_of(
            self.office.page.request.get(f"{self.office.site}/documents/{paper.pk}/file/").body(),
            self.folder,
            "-raw",
        )
        words = "".join(text.split())
        for town in self.towns[: PLACES + WAITLISTED]:
            assert town.municipality.name in words
        for offer in Offer.objects.all():
            assert f"{offer.advisor.user.name}さん{offer.outcome}".replace(" ", "") in words
        assert "申込は「取り下げ」です。" in words


def test_a_round_from_fifty_applications_to_its_record(desks: Any, camera: Camera, tmp_path: Path) -> None:
    secretariat = Secretariat(desks, camera, tmp_path)
    secretariat.decide()
    secretariat.match()
    secretariat.publish()
    secretariat.nobody_contradicts(0, PLACES, PLACES + WAITLISTED)
    secretariat.answers()
    secretariat.withdraw(3)
    secretariat.nobody_contradicts(0, 3)
    secretariat.match_again()
    secretariat.nobody_contradicts(0, 1, PLACES, PLACES + 1)
    secretariat.print_the_record()
    assert faults() == []
