"""The day's preparation: typed, kept with the records, checked, and kept from those who must not know."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from engagements.survey import selectors, services
from engagements.survey.day import library, page
from engagements.survey.day.preparation import Blind, read
from engagements.survey.measures import encode
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of, member
from tests.factories.survey import SurveyFactory, save
from tests.survey.typed import fields_of
from workflow.errors import Conflict

pytestmark = pytest.mark.django_db
JST = timezone.get_fixed_timezone(timedelta(hours=9))
TEAM = {
    "teams-0-team": "A班",
    "teams-0-scenario": "s1",
    "teams-0-starts_at": "2026-09-17T09:30",
    "teams-0-start_place": "本庁舎 正面玄関",
    "teams-0-actor": "executive",
    "teams-0-actors": "町長、髙﨑 見本(音更町)",
    "teams-0-recorders": "例示 次郎",
}


@pytest.fixture
def survey():
    """Records of one team, and nothing prepared."""
    made = SurveyFactory(records__teams=1)
    document = selectors.latest_document(made)
    del document["preparation"]
    save(made, document, reason="準備を初めから")
    return made


@pytest.fixture
def town(client, survey):
    client.force_login(contact_of(survey.engagement))
    return client


def typed(town, survey, part, values):
    address = f"/surveys/{survey.pk}/day/{part}/"
    marker = "blind" if part == "rules" else f"{part}-TOTAL_FORMS"
    return town.post(address, fields_of(town.get(address), marker) | values)


def prepared(survey):
    return read(selectors.latest_document(survey))


def keeps(town, survey, part, values):
    assert typed(town, survey, part, values).status_code == 302


def blind(town, survey, reveal="2030-09-17T12:00"):
    keeps(town, survey, "rules", {"blind": "counters", "reveal_at": reveal, "contact": "内線123"})


def prepare(town, survey):
    keeps(town, survey, "rules", {"blind": "none", "dress": "黄色のビブス", "contact": "内線123"})
    row = {
        "building": "本庁舎",
        "floor": "1階",
        "counter": "1番 住民",
        "section": "住民会計課",
        "distance_m": "35",
    }
    keeps(town, survey, "places", {f"places-0-{name}": value for name, value in row.items()})
    keeps(town, survey, "teams", TEAM)
    answer = {"answers-0-place": "1番 住民", "answers-0-forms": "転入届", "answers-0-bring": "転出証明書"}
    keeps(town, survey, "answers", answer)
    keeps(town, survey, "props", {"props-0-kind": "move_out", "props-0-person": "s1/p1"})


def test_every_part_is_typed_and_kept_in_the_records(town, survey):
    prepare(town, survey)
    found = prepared(survey)
    assert (found.rules.dress, found.rules.photos, found.rules.web_first) == ("黄色のビブス", True, False)
    (place,) = found.places
    assert (place.words, place.section, place.distance_m) == ("1番 住民(本庁舎 1階)", "住民会計課", 35)
    (team,) = found.teams
    at = datetime(2026, 9, 17, 9, 30, tzinfo=JST)
    assert (team.starts_at, team.actors) == (at, "町長、髙﨑 見本(音更町)")
    assert found.answer_to("s1", "k1").forms == "転入届"
    assert [(one.kind, one.scenario, one.person) for one in found.props] == [("move_out", "s1", "p1")]
    assert survey.versions.order_by("-number").first().source == "prepared"


def test_what_is_prepared_leaves_and_enters_with_the_file(town, survey):
    typed(town, survey, "teams", TEAM)
    actor, now = acting(contact_of(survey.engagement)), timezone.now()
    data = services.export_document(survey, actor=actor, now=now).data
    other = SurveyFactory(engagement=survey.engagement, round=2, records__teams=1)
    text = data.decode().replace('"round": 1', '"round": 2').replace('"round":1', '"round":2')
    services.import_document(other, text.encode(), actor=actor, now=now, reason="前の回と同じ準備")
    assert prepared(other).teams == prepared(survey).teams


@pytest.mark.parametrize(
    "foreign",
    [
        None,
        "text",
        [1],
        {"rules": 3, "places": {}, "teams": ["A"], "answers": [{"procedure": 4}], "props": [{"kind": "gun"}]},
        {
            "rules": {"blind": "everyone", "reveal_at": "soon"},
            "places": [{"counter": "窓口", "distance_m": True}],
        },
        {"teams": [{"team": "A", "starts_at": "2026-99-99T00:00"}]},
    ],
)
def test_what_another_program_wrote_is_read_as_far_as_it_goes_and_kept(foreign, survey):
    document = selectors.latest_document(survey) | {"preparation": foreign}
    save(survey, document, reason="ほかの道具で")
    found = prepared(survey)
    assert (found.rules.blind, found.rules.reveal_at, list(found.props)) == (Blind.NONE, None, [])
    assert selectors.latest_document(survey)["preparation"] == foreign


@pytest.mark.parametrize(
    ("part", "values", "sentence"),
    [
        ("rules", {"blind": "both", "reveal_at": ""}, "いつ明かすかを入れてください"),
        ("places", {"places-0-building": "本庁舎"}, "窓口の名前を入れてください"),
        ("places", {"places-0-counter": "窓口", "places-0-distance_m": "-3"}, "0"),
        ("teams", {"teams-0-actors": "見本 花子"}, "班の名前を入れてください"),
        ("teams", {"teams-0-team": "A", "teams-0-starts_at": "あした"}, "日時を"),
        ("props", {"props-0-kind": "gun"}, "gun"),
    ],
)
def test_a_refused_part_comes_back_as_typed(part, values, sentence, town, survey):
    before = survey.versions.count()
    answer = typed(town, survey, part, values)
    said = answer.content.decode()
    assert (answer.status_code, sentence in said, survey.versions.count()) == (422, True, before)
    assert all(value in said for value in values.values())


def test_two_who_prepare_the_same_part_see_each_other(town, survey):
    address = f"/surveys/{survey.pk}/day/teams/"
    opened = fields_of(town.get(address), "teams-TOTAL_FORMS")
    assert typed(town, survey, "teams", TEAM).status_code == 302
    answer = town.post(address, opened | TEAM | {"teams-0-team": "B班"})
    said = answer.content.decode()
    assert (answer.status_code, "A班" in said, "B班" in said) == (409, True, True)
    assert town.post(address, fields_of(answer, "teams-TOTAL_FORMS")).status_code == 302
    assert [team.team for team in prepared(survey).teams] == ["B班"]


def test_another_part_hinders_nobody(town, survey):
    address = f"/surveys/{survey.pk}/day/places/"
    opened = fields_of(town.get(address), "places-TOTAL_FORMS")
    typed(town, survey, "teams", TEAM)
    assert town.post(address, opened | {"places-0-counter": "税"}).status_code == 302
    assert (len(prepared(survey).teams), len(prepared(survey).places)) == (1, 1)


# --- what is missing, and what is out of date ------------------------------------------------------------


def test_the_page_says_what_is_missing_and_what_is_out_of_date(town, survey):
    typed(town, survey, "teams", {"teams-0-team": "A班", "teams-0-scenario": "s1"})
    typed(town, survey, "props", {"props-0-kind": "insurance_card", "props-0-person": "s1/p1"})
    typed(town, survey, "places", {"places-0-counter": "1番 住民"})
    typed(town, survey, "answers", {"answers-0-place": "9番 税"})
    said = town.get(f"/surveys/{survey.pk}/day/").content.decode()
    for sentence in (
        "A班: 体験者、記録係、始める日時がまだです。",
        "健康保険証は2024年12月2日から新しく発行されていません。",
        "に、正しい窓口がありません。",
        "「窓口と場所」にない窓口です: 9番 税",
        "当日の連絡先を入れてください。",
    ):
        assert sentence in said, sentence


def test_a_prepared_day_lacks_nothing(town, survey):
    prepare(town, survey)
    document = selectors.latest_document(survey)
    asked = len(document["scenarios"][0]["procedures"])
    typed(town, survey, "answers", {f"answers-{n}-place": "1番 住民" for n in range(asked)})
    steps = page.steps(survey, selectors.latest_document(survey))
    assert [(step.part, list(step.lacks)) for step in steps if not step.done] == []


# --- the library ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", library.LIBRARY, ids=lambda one: one.key)
def test_a_household_of_the_library_is_a_scenario_of_the_format(persona):
    empty = SurveyFactory(records__empty=True)
    scenario = library.as_scenario(persona, "s1", empty.held_on)
    save(empty, services.blank_document(empty) | {"scenarios": [scenario]})
    assert len({item["name"] for item in scenario["procedures"]}) == len(scenario["procedures"])
    assert all("見本" in one["name"] or "MIHON" in one["name"] for one in scenario["household"])


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 6, 6), date(2026, 12, 31), date(2028, 2, 29)])
def test_birth_dates_of_the_library_give_the_ages_that_it_says(on):
    for persona in library.LIBRARY:
        for number, person in enumerate(persona.household):
            if person.western:
                born = date.fromisoformat(library.born_words(number, person, on))
                age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
                assert age == person.age


def test_a_household_is_chosen_from_the_library_and_from_the_towns_own(town, survey):
    new = SurveyFactory(engagement=survey.engagement, round=2, records__empty=True)
    address = f"/surveys/{new.pk}/day/household/"
    said = town.get(address).content.decode()
    assert (f"{survey.reference}/s1" in said, "MIHON" not in said) == (True, True)
    for key in ("move-in-foreign", f"{survey.reference}/s1"):
        assert town.post(address, {"household": key, "idempotency_key": f"key-{key}"}).status_code == 302
    first, second = selectors.latest_document(new)["scenarios"]
    own = selectors.latest_document(survey)["scenarios"][0]
    assert (first["household"][0]["born"][:2], second) == ("19", own | {"id": "s2"})
    assert town.post(address, {"household": "nobody", "idempotency_key": "x"}).status_code == 422


# --- blind --------------------------------------------------------------------------------------------------


def test_the_counters_do_not_see_the_scenario_before_it_is_revealed(town, client, survey):
    blind(town, survey)
    own = survey.engagement.municipality
    client.force_login(member(Role.SECTION, own, email="madoguchi@town.example.test"))
    said = client.get(survey.get_absolute_url()).content.decode()
    title = selectors.latest_document(survey)["scenarios"][0]["title"]
    assert (title in said, "準備する方のほかにはお見せしません" in said) == (False, True)
    client.force_login(contact_of(survey.engagement))
    assert title in client.get(survey.get_absolute_url()).content.decode()
    client.force_login(contact_of(survey.engagement))
    blind(client, survey, reveal="2020-09-17T12:00")
    client.force_login(member(Role.SECTION, own, email="madoguchi2@town.example.test"))
    assert title in client.get(survey.get_absolute_url()).content.decode()


@pytest.mark.parametrize("who", ["actors", "both"])
def test_an_executive_who_may_be_the_actor_does_not_see_it_either(who, town, client, survey):
    keeps(town, survey, "rules", {"blind": who, "reveal_at": "2030-09-17T12:00", "contact": "内線123"})
    own = survey.engagement.municipality
    client.force_login(member(Role.EXECUTIVE, own, email="cho@town.example.test"))
    title = selectors.latest_document(survey)["scenarios"][0]["title"]
    assert title not in client.get(survey.get_absolute_url()).content.decode()
    assert client.get(f"/surveys/{survey.pk}/records/").status_code == 409


def test_nor_do_they_get_the_file(town, survey):
    blind(town, survey)
    section = acting(
        member(Role.SECTION, survey.engagement.municipality, email="madoguchi@town.example.test")
    )
    with pytest.raises(Conflict, match="明かす日時"):
        services.export_document(survey, actor=section, now=timezone.now())


def test_the_page_of_the_day_asks_as_many_questions_for_many_scenarios(
    town, survey, django_assert_max_num_queries
):
    document = selectors.latest_document(survey)
    document["scenarios"] += [
        library.as_scenario(one, f"s{n}", survey.held_on) for n, one in enumerate(library.LIBRARY, 5)
    ]
    assert len(encode(document)) > 5000
    save(survey, document)
    with django_assert_max_num_queries(20):
        town.get(f"/surveys/{survey.pk}/day/")
