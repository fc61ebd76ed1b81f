"""Surveys are kept version by version; what is refused leaves nothing behind."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import date

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from accounts.models import Role
from engagements.survey import remarks, selectors, services
from engagements.survey.intake import FaultyDocument, TooLarge
from engagements.survey.measures import encode, measure_survey, read_survey
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.sample import SCENES, sample_survey
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    member,
    office,
)
from tests.factories.survey import HELD_ON, SurveyFactory, save
from tests.survey import strategies
from workflow.audit import faults
from workflow.errors import BadInput, NotAllowed
from workflow.incoming import TooMuch
from workflow.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def engagement():
    return EngagementFactory()


@pytest.fixture
def contact(engagement):
    return actor(contact_of(engagement))


def imported(target, document, who, reason=""):
    data = document if isinstance(document, bytes) else encode(document)
    return services.import_document(target, data, actor=who, now=timezone.now(), reason=reason)


def sample(engagement, **more):
    return sample_survey(engagement.municipality_id, HELD_ON, **more)


def test_a_new_survey_gets_its_number_of_the_fiscal_year(engagement, contact):
    made = [
        services.create_survey(
            engagement, title="調査", held_on=date(2027, 3, 31), round=n, actor=contact, now=timezone.now()
        )
        for n in (1, 2)
    ]
    assert [one.reference for one in made] == ["S-R8-001", "S-R8-002"]
    assert Event.objects.filter(type="survey.created", stream=f"survey:{made[0].pk}").count() == 1


def test_a_round_exists_once(engagement, contact):
    SurveyFactory(engagement=engagement, records__empty=True)
    with pytest.raises(BadInput) as refusal:
        services.create_survey(
            engagement, title="調査", held_on=HELD_ON, round=1, actor=contact, now=timezone.now()
        )
    assert list(refusal.value.fields) == ["round"]
    assert Survey.objects.count() == 1


def test_a_file_becomes_the_survey_of_its_round(engagement, contact):
    version = imported(engagement, sample(engagement, title="転入の調査"), contact)
    survey = version.survey
    assert (survey.round, survey.title, survey.held_on, version.number) == (1, "転入の調査", HELD_ON, 1)
    assert (version.source, version.created_by_id) == ("import", contact.user_id)
    event = Event.objects.get(type="survey.version_saved")
    assert event.stream == f"survey:{survey.pk}"
    assert (event.context, event.visibility) == (f"engagement:{engagement.pk}", "parties")


def test_the_same_records_make_no_new_version(engagement, contact):
    document = sample(engagement)
    first = imported(engagement, document, contact)
    again = imported(first.survey, dict(reversed(document.items())), contact)
    assert again.pk == first.pk
    assert SurveyVersion.objects.count() == 1


def test_a_corrected_file_needs_a_reason_and_a_longer_one_does_not(engagement, contact):
    document = sample(engagement, teams=2)
    survey = imported(engagement, document, contact).survey
    longer = deepcopy(document)
    longer["routes"].append({"id": "r9", "scenario": "s1", "totals": {"writes": 75}})
    assert imported(survey, longer, contact).number == 2
    corrected = deepcopy(longer)
    corrected["routes"][0]["team"] = "Z"
    with pytest.raises(BadInput) as refusal:
        imported(survey, corrected, contact)
    assert list(refusal.value.fields) == ["reason"]
    version = imported(survey, corrected, contact, "班の名前を間違えた")
    assert (version.number, version.reason) == (3, "班の名前を間違えた")
    assert survey.versions.get(number=1).document == document


def test_another_towns_records_are_refused(engagement, contact):
    with pytest.raises(FaultyDocument) as refusal:
        imported(engagement, sample_survey("033022", HELD_ON), contact)
    assert list(refusal.value.fields) == ["survey.municipality"]
    assert not Survey.objects.exists()


def test_another_rounds_records_are_refused(engagement, contact):
    survey = SurveyFactory(engagement=engagement)
    with pytest.raises(FaultyDocument) as refusal:
        imported(survey, sample(engagement, round=2), contact)
    assert list(refusal.value.fields) == ["survey.round"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[" * 100_000, "段までに"),
        (b'{"format": "madoguchi-survey/1", "x": [' + b"{}," * 300_000 + b"{}]}", "多すぎます"),
    ],
)
def test_a_file_that_holds_too_much_is_refused_before_it_is_read(engagement, contact, data, words):
    with pytest.raises(TooMuch) as refusal:
        imported(engagement, data, contact)
    assert words in str(refusal.value)


def test_a_day_that_no_calendar_has_is_named_by_its_place(engagement, contact):
    document = sample(engagement)
    document["survey"]["held_on"] = "9999-12-31"
    document["scenarios"][0]["title"] = "長" * 20_001
    with pytest.raises(FaultyDocument) as refusal:
        imported(engagement, document, contact)
    assert list(refusal.value.fields) == ["survey.held_on", "scenarios[0].title"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空です"),
        (b"  \n", "空です"),
        (b"%PDF-1.7 \xe2", "PDF"),
        (b"PK\x03\x04xl/", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1", "Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b'{"format": ', "JSON"),
        ("記録".encode("cp932"), "JSON"),
        (b'{"format": "madoguchi-survey/1", "x": "\\ud800"}', "JSON"),
        (b"[]", "項目の組"),
        (b'{"format": "other/2"}', "madoguchi-survey/1"),
    ],
)
def test_a_file_that_is_no_survey_is_refused_with_a_sentence(engagement, contact, data, words):
    with pytest.raises(FaultyDocument) as refusal:
        imported(engagement, data, contact)
    assert words in str(refusal.value)
    assert not Survey.objects.exists()


def test_a_nul_is_refused_where_it_stands(engagement, contact):
    document = sample(engagement)
    document["routes"][0]["visits"][0]["counter"] = "窓\x00口"
    document["memo\x00"] = 1
    with pytest.raises(FaultyDocument) as refusal:
        imported(engagement, document, contact)
    assert list(refusal.value.fields) == ["routes[0].visits[0].counter", "memo\\u0000"]


def test_faults_are_listed_by_path_fifty_at_most(engagement, contact):
    document = sample(engagement, teams=9)
    for route in document["routes"]:
        for visit in route["visits"]:
            visit["counter"], visit["distance_m"] = "", -1
    total = 2 * sum(len(route["visits"]) for route in document["routes"])
    with pytest.raises(FaultyDocument) as refusal:
        imported(engagement, document, contact)
    assert len(refusal.value.faults) == 50
    assert refusal.value.more == total - 50
    assert refusal.value.faults[0] == (
        "routes[0].visits[0].counter",
        "必要な項目がありません。値を入れてください。",
    )


def test_an_oversized_file_is_refused(engagement, contact, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    with pytest.raises(TooLarge) as refusal:
        imported(engagement, b" " * 1001, contact)
    assert refusal.value.status == 413


def test_what_was_imported_is_exported_with_unknown_fields_and_order(engagement, contact):
    document = sample(engagement)
    document["zeta"] = {"b": [1.50, None, {"あ": "葛\U000e0100城"}], "a": 1e20}
    document["routes"][0]["visits"][0]["alpha"] = True
    survey = imported(engagement, document, contact).survey
    export = services.export_document(survey, actor=contact, now=timezone.now())
    assert export.data == encode(document)
    assert (
        export.name == f"{engagement.municipality_id}_{engagement.municipality_name}_窓口利用体験調査_v1.json"
    )
    assert Event.objects.get(type="survey.exported").actor_key == contact.key


def test_an_empty_survey_exports_a_file_that_can_be_read(engagement, contact):
    survey = SurveyFactory(engagement=engagement, records__empty=True)
    export = services.export_document(survey, actor=contact, now=timezone.now())
    assert read_survey(export.data).round == 1


def test_a_route_is_deleted_with_a_reason_and_stays_in_the_version_before(engagement, contact):
    survey = SurveyFactory(engagement=engagement)
    with pytest.raises(BadInput):
        services.delete_route(survey, "r2", base=1, actor=contact, now=timezone.now(), reason=" ")
    version = services.delete_route(
        survey, "r2", base=1, actor=contact, now=timezone.now(), reason="別の町の用紙"
    )
    assert [route["id"] for route in version.document["routes"]] == ["r1", "r3"]
    assert len(survey.versions.get(number=1).document["routes"]) == 3


def test_two_people_at_one_route_meet_and_at_two_routes_do_not(engagement, contact):
    survey = SurveyFactory(engagement=engagement)
    first, second = survey.versions.get().document["routes"][:2]

    def put(route, team, base, over=None):
        return services.put_part(
            survey, "routes", route | {"team": team}, base=base, over=over, actor=contact, now=timezone.now()
        )

    put(first, "X", 1)
    put(second, "Y", 1)
    with pytest.raises(services.Stale) as refusal:
        put(first, "Z", 1)
    assert refusal.value.status == 409
    assert put(first, "Z", 1, over=refusal.value.current.number).document["routes"][0]["team"] == "Z"


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SECTION, Role.EXECUTIVE])
def test_the_towns_others_read_and_do_not_record(engagement, role):
    survey = SurveyFactory(engagement=engagement)
    reader = actor(member(role, engagement.municipality))
    remarks.share(survey, selectors.observations(selectors.latest_document(survey)), now=timezone.now())
    services.export_document(survey, actor=reader, now=timezone.now())
    with pytest.raises(NotAllowed):
        imported(survey, sample(engagement), reader)


def test_a_foreign_contact_and_advisor_can_do_nothing(engagement):
    survey, other = SurveyFactory(engagement=engagement), EngagementFactory()
    for stranger in (actor(contact_of(other)), actor(advisor_of(other))):
        with pytest.raises(NotAllowed):
            imported(survey, sample(engagement), stranger)
        with pytest.raises(NotAllowed):
            services.export_document(survey, actor=stranger, now=timezone.now())


def test_the_advisor_and_the_office_record(engagement):
    assert imported(engagement, sample(engagement), actor(advisor_of(engagement))).number == 1
    assert imported(engagement, sample(engagement, teams=4), actor(office()), "用紙を足した").number == 2


def test_observations_name_their_place():
    document = sample_survey("033022", HELD_ON)
    noticed = selectors.observations(document)
    assert noticed[0].path == "routes[0].observations[0]"
    for one in noticed:
        found = document
        for name, index in re.findall(r"(\w+)\[(\d+)\]", one.path):
            found = found[name][int(index)]
        assert (found["kind"], found["text"]) == (one.kind, one.text)


def test_measures_are_those_of_the_pure_package_and_compare_rounds(engagement):
    first = SurveyFactory(engagement=engagement)
    second = SurveyFactory(engagement=engagement, round=2, held_on=date(2027, 9, 16))
    texts = [read_survey(survey.versions.get().content) for survey in (first, second)]
    assert selectors.measures(first) == measure_survey(texts[0])
    assert selectors.measures(second) == measure_survey(texts[1], texts[0])
    assert selectors.measures(second)["effect"]["s1"]["comparable"]


def test_an_empty_survey_has_measures_and_a_document(engagement):
    survey = SurveyFactory(engagement=engagement, records__empty=True)
    assert selectors.measures(survey) == {"routes": {}, "scenarios": {}, "counters": []}
    assert selectors.latest_document(survey)["survey"]["municipality"] == engagement.municipality_id


@pytest.mark.parametrize("life_event", SCENES)
def test_samples_are_deterministic_valid_and_better_the_second_time(life_event):
    def once(number):
        return sample_survey("033022", HELD_ON, life_events=[life_event], round=number, seed=7)

    assert once(1) == once(1)
    assert sample_survey("033022", HELD_ON, seed=8) != sample_survey("033022", HELD_ON, seed=7)
    before, after = (read_survey(encode(once(number))) for number in (1, 2))
    effect = measure_survey(after, before)["effect"]["s1"]
    assert effect["comparable"]
    assert effect["total_s"]["change"] < 0
    assert effect["writes"]["change"] < 0
    assert [route.complete for route in before.routes] == [True, True, False]


def test_the_log_stays_whole(engagement, contact):
    survey = SurveyFactory(engagement=engagement)
    document = json.loads(survey.versions.get().content)
    document["routes"].pop()
    save(survey, document, "消した")
    services.export_document(survey, actor=contact, now=timezone.now())
    assert faults() == []


@hypothesis_settings(max_examples=25, deadline=None)
@given(strategies.surveys())
def test_whatever_is_valid_can_be_shown(document):
    noticed = selectors.observations(document)
    assert [one.number for one in noticed] == list(range(1, len(noticed) + 1))
    assert all(one.words for one in noticed)
