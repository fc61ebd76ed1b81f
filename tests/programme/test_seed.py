"""The first version of the programme, and what seeding it again does."""

import pytest

from engagements.programme import services
from engagements.programme.models import ChecklistItem, Programme, Question, SessionKind
from engagements.programme.selectors import questions
from engagements.programme.vocabulary import LIFE_EVENT_LABELS, life_event_labels

pytestmark = pytest.mark.django_db


def test_the_first_version_has_three_sessions_with_checklists_and_questions():
    programme = services.seed()
    assert [kind.name for kind in programme.session_kinds.all()] == [
        "窓口DX・BPR研修",
        "窓口利用体験調査・ワークショップ",
        "首長報告",
    ]
    assert [kind.code for kind in programme.session_kinds.all()] == ["training", "survey", "report"]
    assert all(kind.checklist.count() >= 4 for kind in programme.session_kinds.all())
    assert programme.questions.get(key="aims").min_length == 40


def test_seeding_again_changes_nothing_even_what_the_office_edited():
    programme = services.seed()
    Programme.objects.update(review_days=21)
    counts = [model.objects.count() for model in (Programme, SessionKind, ChecklistItem, Question)]
    assert services.seed().pk == programme.pk
    assert [model.objects.count() for model in (Programme, SessionKind, ChecklistItem, Question)] == counts
    assert Programme.objects.get().review_days == 21


def test_a_version_is_seeded_whole_or_not_at_all():
    broken = {"version": 9, "name": "x", "effective_from": "2026-04-01", "questions": [{"no_such_field": 1}]}
    with pytest.raises(TypeError):
        services.seed_programme(broken)
    assert not Programme.objects.exists()


def test_the_questions_of_one_programme_cost_one_query(django_assert_num_queries):
    programme = services.seed()
    with django_assert_num_queries(1):
        first = questions(programme)
        assert questions(programme) == first


def test_life_events_have_words_and_an_unknown_code_stands_for_itself():
    assert life_event_labels(["death", "move_in", "unheard"]) == ["おくやみ", "転入", "unheard"]
    assert set(LIFE_EVENT_LABELS) == {
        *("move_in", "move_out", "move_within", "birth", "marriage", "divorce", "death", "name_change"),
        *("certificate", "childcare", "care", "other"),
    }
