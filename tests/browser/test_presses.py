"""No press is lost: whatever arrives between a finger's coming down and its going up, the button does what it says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from engagements.applications.models import Application
from tests.browser.desk import PHONE, Desk
from tests.browser.slow import Slow, place, put_down
from tests.factories import applications as made
from tests.journeys.people import People

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
AIMS = "転入の方が5つの課を回り、同じ住所と氏名を何度も書いています。窓口の課からも声が上がっています。"
NOTHING = {"aims": "", "answers": {}, "months": []}


class Writer(Desk):
    """The town's contact before a draft of which much is missing; ``saves`` are what its page sends as it is typed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.saves = Slow(self.page)

    def open(self, draft: Application) -> None:
        self.draft = draft
        self.go(f"/applications/{draft.pk}/edit/")

    def complete(self) -> None:
        self.fill(aims=AIMS, q_buildings="2", q_sections="6")
        self.tick("months", "7", "9", "10")
        for name, value in (("q_dx_plan", "making"), ("q_system", "planned"), ("q_mayor", "knows")):
            self.tick(name, value)

    @property
    def button(self) -> Locator:
        return self.page.get_by_role("button", name="提出する")

    def is_done(self) -> bool:
        self.draft.refresh_from_db()
        return self.draft.state == "submitted"


@pytest.fixture
def writer(people: People, chromium: Any, desks: Any) -> Writer:
    draft = made.filled(town=people.town, approver_email=people.approver.email)
    desk: Writer = desks(people.contact, kind=Writer)
    desk.was = {name: getattr(draft, name) for name in NOTHING}
    Application.objects.filter(pk=draft.pk).update(**NOTHING)
    desk.open(draft)
    return desk


def test_saves_that_are_answered_while_the_finger_is_down(writer: Writer) -> None:
    """The first began with the first field that was left; the second has the rest, and then nothing is missing."""
    writer.saves.hold()
    writer.complete()
    put_down(writer.button)
    writer.saves.answer()
    writer.saves.answer()
    with writer.page.expect_navigation():
        writer.page.mouse.up()
    assert writer.is_done()


def test_a_save_that_is_on_its_way_when_the_button_is_pressed(writer: Writer) -> None:
    writer.saves.hold()
    writer.complete()
    writer.button.click(force=True)
    writer.saves.answer()
    with writer.page.expect_navigation():
        writer.saves.let_go()
    assert writer.is_done()


def test_a_press_before_the_first_save(writer: Writer) -> None:
    """Coming down on the button leaves the field, which saves it; the press waits for that."""
    Application.objects.filter(pk=writer.draft.pk).update(**writer.was)
    writer.page.reload()
    writer.saves.hold()
    writer.fill(aims=f"{AIMS}待ち時間も長いです。")
    assert not writer.saves.is_asked()
    writer.button.click()
    writer.saves.asked()
    with writer.page.expect_navigation():
        writer.saves.let_go()
    assert writer.is_done()
    assert writer.draft.aims.endswith("待ち時間も長いです。")


def test_enter_saves_while_a_save_is_on_its_way(writer: Writer) -> None:
    writer.saves.hold()
    writer.fill(aims=AIMS, q_buildings="2")
    writer.saves.asked()
    writer.page.keyboard.press("Enter")
    with writer.page.expect_navigation():
        writer.saves.let_go()
    writer.draft.refresh_from_db()
    assert (writer.draft.aims, writer.draft.answers["buildings"], writer.draft.state) == (AIMS, 2, "draft")


def test_the_meter_ends_right_when_two_saves_follow_each_other(writer: Writer) -> None:
    """The first save's meter arrives after the second save, and says what was true before it."""
    page, first = writer.page, []
    page.route("**/meter/", lambda route: first.append((route, route.fetch())), times=1)
    writer.saves.hold()
    writer.complete()
    with page.expect_event("requestfinished", lambda asked: asked.url.endswith("/save/")):
        writer.saves.answer()
    writer.saves.answer()
    [(route, before)] = first
    route.fulfill(response=before)
    expect(page.locator("#meter")).to_contain_text("すべてそろいました")


@pytest.mark.parametrize("width", [1280, 820, PHONE["width"]])
def test_the_buttons_stay_where_they_are_as_less_and_less_is_missing(writer: Writer, width: int) -> None:
    writer.page.set_viewport_size({"width": width, "height": 900})
    writer.saves.hold()
    below = writer.page.get_by_role("link", name="取り下げる")
    before = place(writer.button), place(below)
    writer.complete()
    writer.saves.answer()
    writer.saves.answer()
    expect(writer.page.locator("[data-missing]")).to_have_text("")
    expect(writer.page.locator("#meter")).to_contain_text("すべてそろいました")
    assert (place(writer.button), place(below)) == before
