"""The office's April in a browser: successors, accounts that are over, the new year's call, results of many towns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.entry.models import Handover
from accounts.models import Membership, Role, User
from engagements.applications.models import Application, Call, Release
from tests.browser.desk import Camera, Desk, post
from tests.factories import applications
from tests.factories.engagements import LONG_AGO, PersonFactory, member
from tests.journeys.people import People
from workflow.audit import faults

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


class April:
    """The office, a contact who leaves, the colleague who follows, and somebody without an account."""

    def __init__(self, people: People, desks: Any, camera: Camera) -> None:
        self.people, self.camera, self.desks = people, camera, desks
        self.successor = member(Role.SECTION, people.town, email="jiro@town.example.test", name="仮名 次郎")
        self.gone: User = PersonFactory(name="試験 三郎")
        yesterday = timezone.localdate() - timedelta(days=1)
        Membership.objects.create(
            user=self.gone, role=Role.SECRETARIAT, valid_from=LONG_AGO, valid_to=yesterday
        )
        last_day = timezone.localdate() + timedelta(days=3)
        Membership.objects.filter(user=people.contact).update(valid_to=last_day)
        self.draft = applications.draft(town=people.town)
        Application.objects.filter(pk=self.draft.pk).update(
            contact_name=people.contact.name, contact_email=people.contact.email
        )
        self.office: Desk = desks(people.office)

    def ask_for_a_successor(self) -> None:
        office = self.office
        office.go("/accounts/april/")
        self.camera.take(office, "april", phone=True, judged=True)
        office.press("選んだ方に後任を尋ねる")
        letters = [letter for letter in post() if letter.to == [self.people.contact.email]]
        assert "後任" in letters[-1].subject

    def hand_over(self) -> None:
        held = Membership.objects.get(user=self.people.contact, role=Role.CONTACT)
        contact = self.desks(self.people.contact)
        contact.go(f"/accounts/roles/{held.pk}/hand-over/")
        contact.fill(effective_on=timezone.localdate().isoformat())
        contact.page.select_option("[name=successor]", str(self.successor.pk))
        self.camera.take(contact, "hand-over", phone=True, judged=True)
        contact.press("内容を確かめる")
        contact.press("引き継ぐ")
        if Handover.objects.get().state == "planned":
            self.office.go(Handover.objects.get().get_absolute_url())
            self.office.press("引き継ぎを行う")

    def work_has_moved(self) -> None:
        assert Handover.objects.get().state == "done"
        successor = self.desks(self.successor)
        successor.go("/")
        assert successor.reads("申込を書いて、提出してください")
        self.camera.take(successor, "successor-home", phone=True, judged=True)
        self.draft.refresh_from_db()
        assert self.draft.contact_name == self.successor.name

    def stop_what_is_over(self) -> None:
        office = self.office
        office.go("/accounts/april/")
        office.fill(reason="3月末で異動したため")
        office.press("選んだアカウントを止める")
        self.gone.refresh_from_db()
        assert not self.gone.is_active
        self.camera.take(office, "april-done", phone=True)

    def open_the_new_call(self) -> None:
        office, old = self.office, self.people.call
        office.go(old.get_absolute_url())
        office.press("写して翌年度の募集を作る")
        opens = timezone.localtime() - timedelta(minutes=5)
        office.fill(title="新年度の募集", opens_at=f"{opens:%Y-%m-%dT%H:%M}")
        self.camera.take(office, "new-call", phone=True, judged=True)
        office.press("保存する")
        office.press("募集を始める")
        office.press("募集を始める")
        new = Call.objects.exclude(pk=old.pk).get()
        assert (new.state, new.fiscal_year) == ("open", old.fiscal_year + 1)
        nobody = self.desks()
        nobody.go(new.get_absolute_url())
        assert nobody.heading() == "窓口を変えたい市町村を、3回お手伝いします"

    def tell_many_towns_at_once(self) -> None:
        first, second = applications.consented(), applications.consented()
        office = self.office
        office.go("/applications/results/")
        office.tick(f"decision-{first.pk}", "accept")
        office.tick(f"decision-{second.pk}", "decline")
        office.fill(**{f"comment-{second.pk}": "今年度の枠を超えました。"})
        self.camera.take(office, "results-to-stage", phone=True, judged=True)
        office.press("選んだものを内定にする")
        office.press("選んだ結果を発表する")
        self.camera.take(office, "results-released", phone=True, judged=True)
        assert [item.decision for item in Release.objects.get().items.all()] == ["accept", "decline"]
        office.press("通知書を1つのPDFにまとめる")
        post()
        office.page.reload()
        assert office.reads("申込結果通知書")


def test_the_offices_april(people: People, desks: Any, camera: Camera) -> None:
    april = April(people, desks, camera)
    april.ask_for_a_successor()
    april.hand_over()
    april.work_has_moved()
    april.stop_what_is_over()
    april.open_the_new_call()
    april.tell_many_towns_at_once()
    assert faults() == []
