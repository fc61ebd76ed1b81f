"""The papers of the survey's day: what stands on each, and what must not."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest
from django.utils import timezone

from accounts import permissions
from accounts.models import Role
from accounts.standings import actor_for
from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from engagements.survey import selectors
from tests.documents.reading import page_of, snapshot_of, text_of, words
from tests.factories.engagements import contact_of, member
from tests.factories.survey import SurveyFactory, save
from workflow import SYSTEM

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
CARD, SHEET = DocumentKind.ACTOR_CARD, DocumentKind.RECORDER_SHEET
COUNTERS, RESIDENTS = DocumentKind.COUNTER_NOTICE, DocumentKind.RESIDENT_NOTICE
KEY, PROPS = DocumentKind.ANSWER_KEY, DocumentKind.DUMMY_CARDS
KINDS = (CARD, SHEET, COUNTERS, RESIDENTS, KEY, PROPS)
SECRET = (CARD, SHEET, KEY, PROPS)
NAMES = "髙﨑 見本、葛\U000e0100城 花子、𠮷野 手本(音更町)"


def survey(**changes):
    """A prepared day; ``changes`` replace parts of the preparation."""
    made = SurveyFactory(records__teams=2, records__life_events=("move_in", "death"))
    document = selectors.latest_document(made)
    document["preparation"] |= changes
    document["preparation"]["teams"][0]["actors"] = NAMES
    save(made, document, reason="準備を直した")
    return made


def said(kind, subject):
    return words(page_of(kind, snapshot_of(kind, subject)))


def blind(who):
    rules = {"blind": who, "reveal_at": "2026-09-17T12:00:00+09:00", "photos": True, "contact": "内線123"}
    return survey(rules=rules)


@pytest.mark.parametrize("kind", KINDS)
def test_every_paper_is_drawn_tagged_with_its_names_as_written(kind, tmp_path):
    subject = survey()
    pdf = services.draw(kind, snapshot_of(kind, subject), version=1, issued_at=timezone.now())
    with pikepdf.open(BytesIO(pdf.content)) as opened:
        assert "/StructTreeRoot" in opened.Root
        assert opened.Root.ViewerPreferences.DisplayDocTitle
    text = text_of(pdf.content, tmp_path)
    assert subject.engagement.municipality_name in text
    if kind == SHEET:
        assert all(name in text for name in NAMES.split("、"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_survey_without_a_scenario_still_has_its_papers(kind):
    empty = SurveyFactory(records__empty=True)
    save(empty, selectors.latest_document(empty) | {"scenarios": []})
    pdf = services.draw(kind, snapshot_of(kind, empty), version=1, issued_at=timezone.now())
    assert pdf.pages in (1, 2)


def test_the_actor_learns_the_procedures_only_where_actors_may_know():
    for who, told in (("none", True), ("counters", True), ("actors", False), ("both", False)):
        card = said(CARD, blind(who))
        assert ("犬の登録の変更" in card, "窓口で教わってください" in card) == (told, not told), who
        assert "マイナンバーカード" in card
        assert "本当の個人番号や口座は" in card


def test_the_counters_learn_the_scenario_only_where_they_may_know():
    for who, told in (("none", True), ("actors", True), ("counters", False), ("both", False)):
        letter = said(COUNTERS, blind(who))
        assert ("転入(5人家族と犬)" in letter, "A班" in letter) == (told, told), who
        assert "9月17日" in letter
        assert "先に、その窓口の課にお見せします" in letter


def test_residents_read_when_who_and_that_photographs_are_taken():
    poster = said(RESIDENTS, survey())
    for expected in (
        "2026年)9月17日(木)",
        "黄色のビブス",
        "写真を撮ります",
        "ご迷惑をおかけしますが",
        "内線 123",
    ):
        assert expected in poster, expected
    assert "転入" not in poster
    assert "写真を撮ります" not in said(RESIDENTS, survey(rules={"photos": False, "contact": "内線 123"}))


def test_the_key_names_the_counter_of_each_procedure_and_says_to_keep_it_back():
    key = said(KEY, survey())
    for expected in (
        "終わるまで、体験者と窓口に見せないでください。",
        "犬の登録の変更",
        "5番 子育て",
        "転入学の届",
    ):
        assert expected in key, expected


def test_the_recorder_writes_in_the_columns_of_the_grid_with_a_sheet_for_each_team():
    snapshot = snapshot_of(SHEET, survey())
    sheet = words(page_of(SHEET, snapshot))
    labels = [column["label"] for column in snapshot["columns"]]
    assert labels[:4] == ["着いた", "呼ばれた", "終わった", "窓口"]
    assert len(snapshot["teams"]) == 4
    assert sheet.index("着いた") < sheet.index("マイナンバー") < sheet.index("済んだ手続き(番号)")
    assert "8 犬の登録の変更" in sheet


def test_cards_are_marked_as_samples_and_old_ones_are_flagged():
    props = [
        {"kind": kind, "scenario": "s1", "person": "p1"} for kind in ("my_number_card", "insurance_card")
    ]
    cards = page_of(PROPS, snapshot_of(PROPS, survey(props=props)))
    assert cards.count('<p class="mark">見本</p>') == 2
    assert "0000 0000 0000" in cards
    assert words(cards).count("2024年12月2日から新しく発行されていません") == 1


def test_who_may_be_an_actor_does_not_read_the_secret_papers():
    subject = survey()
    made = {
        kind: services.request_document(kind, subject, actor=SYSTEM, now=timezone.now()) for kind in KINDS
    }
    own = subject.engagement.municipality
    readers = {
        "contact": contact_of(subject.engagement),
        "executive": member(Role.EXECUTIVE, own, email="chiji@town.example.test"),
        "approver": member(Role.APPROVER, own, email="kacho@town.example.test"),
    }
    for role, person in readers.items():
        actor = actor_for(person)
        seen = set(
            permissions.visible(actor, "document.view", Document.objects.all()).values_list("kind", flat=True)
        )
        kept = set() if role == "contact" else set(SECRET)
        assert seen == set(KINDS) - kept, role
        allowed = {kind for kind, paper in made.items() if permissions.allows(actor, "document.view", paper)}
        assert allowed == seen, role
