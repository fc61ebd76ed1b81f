"""A paper sheet typed by keyboard alone: eight visits within what a person types in five minutes."""

from __future__ import annotations

from typing import Any

import pytest

from engagements.survey import selectors
from engagements.survey.grid.columns import COLUMNS
from tests.browser.desk import Camera, Desk
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, save

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]

#: Five minutes at two keys a second, an unhurried hand that looks at the paper between two cells.
FIVE_MINUTES_OF_KEYS = 600
SCENARIO = {
    "id": "s1",
    "life_event": "move_in",
    "household": [{"id": "p1", "relation": "世帯主", "age": 38}],
    "procedures": [{"id": "k1", "name": "転入届"}, {"id": "k2", "name": "国保"}],
}
#: As it stands on the paper, by column; what is left out is an empty cell that Tab passes.
PAPER: list[dict[str, str]] = [
    {
        "queued": "905",
        "called": "910",
        "finished": "925",
        "counter": "住民",
        "names": "転入届",
        "w_name": "2",
    },
    {
        "queued": "928",
        "called": "935",
        "finished": "950",
        "counter": "国保",
        "forms": "1",
        "w_name": "1",
        "procedures": "2",
    },
    {
        "queued": "952",
        "called": "958",
        "finished": "1010",
        "counter": "子育て",
        "problem": "番号札が見えない",
    },
    {"queued": "1012", "called": "1013", "finished": "1020", "counter": "税", "again": "1"},
    {
        "queued": "1022",
        "called": "1030",
        "finished": "1041",
        "counter": "介護",
        "forms": "2",
        "w_address": "1",
    },
    {"queued": "1044", "called": "1046", "finished": "1055", "counter": "学務", "good": "声かけ"},
    {
        "queued": "1058",
        "called": "1101",
        "finished": "1108",
        "counter": "水道",
        "names": "開始届",
        "w_name": "1",
    },
    {"queued": "1110", "called": "1112", "finished": "1119", "counter": "会計", "procedures": "1"},
]


class Keys:
    """A keyboard that counts: a character is a key, and so is Tab or Enter."""

    def __init__(self, desk: Desk) -> None:
        self.keyboard: Any = desk.page.keyboard
        self.pressed = 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.keyboard.press(key)
        self.pressed += times

    def write(self, text: str) -> None:
        if text:
            self.keyboard.insert_text(text)
        self.pressed += len(text)


def test_a_route_of_eight_visits_is_typed_in_the_keys_of_five_minutes(desks: Any, camera: Camera) -> None:
    survey = SurveyFactory(records__empty=True)
    save(survey, selectors.latest_document(survey) | {"scenarios": [SCENARIO]}, "場面")
    desk = desks(contact_of(survey.engagement))
    desk.go(f"/surveys/{survey.pk}/grid/")
    desk.page.locator("[name=started]").focus()
    keys = Keys(desk)
    keys.write("900")
    keys.press("Tab")
    keys.write("1125")
    desk.page.locator("[name=visits-0-queued]").focus()
    for visit in PAPER:
        for column in COLUMNS:
            keys.write(visit.get(column.key, ""))
            keys.press("Tab")
    camera.take(desk, "a-sheet-of-eight-visits", judged=True)
    desk.press("保存する")
    (route,) = selectors.latest_document(survey)["routes"]
    assert [visit["counter"] for visit in route["visits"]] == [visit["counter"] for visit in PAPER]
    assert route["visits"][2]["observations"][0]["text"] == "番号札が見えない"
    assert keys.pressed <= FIVE_MINUTES_OF_KEYS
