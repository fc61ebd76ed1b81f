"""Two versions side by side: what was changed, added and taken out, in any kind of document."""

from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagements.documents import blocks, services
from engagements.documents.differences import differences
from engagements.documents.models import DocumentKind
from engagements.plans.models import Plan
from tests.factories import documents as made
from tests.factories.engagements import contact_of
from workflow import SYSTEM

pytestmark = pytest.mark.sqlite


def document(*chapters, **head):
    return {"title": "計画書", **head, "chapters": blocks.numbered(list(chapters))}


def chapter(anchor, heading, *lines):
    return blocks.chapter(anchor, heading, [blocks.text(line) for line in lines])


def test_only_what_differs_is_shown_with_both_sides():
    old = document(
        chapter("vision", "姿", "書かない", "待たない"), chapter("now", "いま", "58回"), motto="前"
    )
    new = document(
        chapter("vision", "姿", "書かない", "迷わない"), chapter("now", "いま", "58回"), motto="後"
    )
    found = {
        part.heading: (part.same, [(pair.old, pair.new) for pair in part.pairs])
        for part in differences(old, new)
    }
    assert found == {"表紙": (1, [("前", "後")]), "姿": (1, [("待たない", "迷わない")])}


def test_a_chapter_that_moved_is_the_same_and_one_that_went_is_named():
    one, two, three = (chapter(name, name, "文") for name in ("a", "b", "c"))
    assert differences(document(one, two), document(two, one)) == []
    gone = differences(document(one, three), document(one))
    assert [(part.heading, part.pairs[0].old, part.pairs[0].new) for part in gone] == [("c", "文", "")]


def test_tables_facts_and_decisions_are_compared_by_their_words():
    def with_cost(cost, answer):
        parts = [
            blocks.facts([("費用", cost)]),
            blocks.table("表", ["A", "B"], [["x", cost]]),
            blocks.judge("d1", "1 まとめる", [("費用", cost)], [("認める", answer)], ""),
        ]
        return document(blocks.chapter("d", "判断", parts))

    (part,) = differences(with_cost("0円", False), with_cost("", True))
    said = [(pair.old, pair.new) for pair in part.pairs]
    assert ("費用: 0円", "費用: 記入なし") in said
    assert ("x  0円", "x  記入なし") in said
    assert ("", "認める") in said


LINES = st.lists(st.text(alphabet="あいう", min_size=1, max_size=3), max_size=6)


@given(LINES, LINES)
def test_both_versions_can_be_put_together_again_from_what_is_shown(old, new):
    parts = differences(document(chapter("a", "章", *old)), document(chapter("a", "章", *new)))
    pairs = [pair for part in parts for pair in part.pairs]
    same = parts[0].same if parts else len(old)
    assert sum(1 for pair in pairs if pair.old) + same == len(old)
    assert sum(1 for pair in pairs if pair.new) + same == len(new)
    assert (parts == []) is (old == new)


@pytest.mark.django_db
def test_the_page_shows_a_plan_beside_its_earlier_version(client):
    plan = made.plan(made.engagement())
    now = timezone.now()
    first = services.request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=now)
    client.force_login(contact_of(plan.engagement))
    alone = client.get(f"/documents/{first.pk}/differences/").content.decode()
    assert "ほかの版はまだありません" in alone
    Plan.objects.filter(pk=plan.pk).update(vision="迷わない窓口", risks="異動の時期と重なる")
    second = services.request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=now)
    for address in (f"/documents/{second.pk}/differences/", f"/documents/{first.pk}/differences/?with=2"):
        said = client.get(address).content.decode()
        assert (f"<del>{plan.vision}</del>" in said, "<ins>迷わない窓口</ins>" in said) == (True, True)
        assert "<ins>気がかりなことと備え: 異動の時期と重なる</ins>" in said
    assert "版をくらべる" in client.get(second.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_another_town_compares_nothing_of_ours(client):
    plan = made.plan(made.engagement())
    first = services.request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=timezone.now())
    client.force_login(contact_of(made.engagement("例示町")))
    assert client.get(f"/documents/{first.pk}/differences/").status_code == 404
