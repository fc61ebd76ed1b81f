"""The office solves a round, changes it by hand, publishes it; an advisor declines; what stands stays."""

from __future__ import annotations

from typing import Any

import pytest

from engagements.rounds.matching.models import Round
from engagements.rounds.models import Offer
from tests.browser.desk import PHONE, Camera, Desk, post
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.rounds import AcceptedFactory

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def solve(desk: Desk) -> None:
    """The button leads to its question, and that to the board, which waits for the worker."""
    desk.press("計算する")
    desk.press("計算する")
    assert desk.reads("計算しています")
    post()
    # The page asks every two seconds, and loads itself anew when the proposal is there.
    desk.page.get_by_role("link", name="この案で打診する").wait_for()


def test_a_round_is_published_declined_and_matched_again(desks: Any, camera: Camera) -> None:
    advisors = [AdvisorFactory(capacity=1) for _ in range(3)]
    towns = [AcceptedFactory() for _ in range(2)]
    desk = desks(office())
    desk.go("/rounds/new/")
    desk.fill(title="第1回マッチング", starts_on="2026-04-01", ends_on="2027-03-31")
    desk.tick("months", "9", "10", "11")
    desk.press("保存する")
    solve(desk)
    assert desk.page.get_by_role("heading", name="組 2").is_visible()
    camera.take(desk, "board", phone=True, judged=True)

    desk.press("なぜ・ほかの案")
    assert desk.reads("ほかの方にすると")
    desk.press("この方に固定する")
    assert desk.reads("こうすると、いまの案がこう変わります")
    desk.fill(reason="前の年からの約束")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/rounds/*/")
    assert desk.reads("もう一度計算してから打診してください")
    solve(desk)

    desk.press("この案で打診する")
    desk.press("この案で打診する")
    assert desk.reads("打診ずみ")
    first = Offer.objects.filter(state="sent").order_by("pk").first()
    assert first is not None
    helper = desks(first.advisor.user)
    helper.page.set_viewport_size(PHONE)
    helper.go(first.get_absolute_url())
    helper.fill(reason="本務が忙しくなりました")
    helper.press("見送る")

    other = Offer.objects.exclude(pk=first.pk).get(state="sent")
    desk.go(Round.objects.get().get_absolute_url())
    solve(desk)
    desk.press("この案で打診する")
    desk.press("この案で打診する")
    other.refresh_from_db()
    assert other.state == "sent"
    again = Offer.objects.exclude(pk__in=[first.pk, other.pk]).get(state="sent")
    assert again.application_id == first.application_id
    assert again.advisor_id != first.advisor_id
    assert {again.advisor_id, other.advisor_id, first.advisor_id} == {row.pk for row in advisors}
    assert {again.application_id, other.application_id} == {row.pk for row in towns}
