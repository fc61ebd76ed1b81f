"""What a municipality says about itself, and what the database refuses."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from municipalities.models import Kind, Municipality, MunicipalityName
from municipalities.registry_cells import KINDS

from .factories import MunicipalityFactory, PrefectureFactory

pytestmark = pytest.mark.django_db


def test_full_name_and_points():
    town = MunicipalityFactory(code="033022", name="葛巻町")
    town.refresh_from_db()
    assert (str(town), town.full_name) == ("岩手県葛巻町", "岩手県葛巻町")
    assert (town.lat_e4, town.lon_e4) == (400_399, 1_414_365)
    assert MunicipalityFactory(lat=None, lon=None).lat_e4 is None


@pytest.mark.parametrize(
    ("population", "band"),
    [
        (None, None),
        (0, 1),
        (4_999, 1),
        (5_000, 2),
        (9_999, 2),
        (10_000, 3),
        (29_999, 3),
        (30_000, 4),
        (99_999, 4),
        (100_000, 5),
        (299_999, 5),
        (300_000, 6),
        (3_770_000, 6),
    ],
)
def test_size_bands(population, band):
    assert MunicipalityFactory.build(population=population, prefecture=PrefectureFactory.build()).band == band


def test_the_name_of_a_day():
    town = MunicipalityFactory(name="第三町")
    first, second = date(2010, 4, 1), date(2020, 4, 1)
    MunicipalityName.objects.create(municipality=town, name="第一町", kana="ダイイチチョウ", valid_to=first)
    MunicipalityName.objects.create(
        municipality=town, name="第二町", kana="ダイニチョウ", valid_from=first, valid_to=second
    )
    days = [date(1990, 1, 1), date(2010, 3, 31), first, date(2020, 3, 31), second, date(2030, 1, 1)]
    assert [town.name_on(day) for day in days] == ["第一町", "第一町", "第二町", "第二町", "第三町", "第三町"]


def test_names_are_stored_as_given():
    for name in ("葛\U000e0100城市", "塚\ufa10町", "七ヶ浜町"):
        town = MunicipalityFactory(name=name)
        town.refresh_from_db()
        assert town.name == name


@pytest.mark.parametrize(
    "values",
    [
        {"code": "33022"},
        {"code": "03302x"},
        {"kind": "prefecture"},
        {"lat": "91.0000"},
        {"lon": None},
        {"valid_from": date(2020, 1, 2), "valid_to": date(2020, 1, 1)},
    ],
)
def test_the_database_refuses(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        MunicipalityFactory(**values)


def test_a_merger_has_a_day_and_another_as_its_successor():
    town, successor = MunicipalityFactory(), MunicipalityFactory()
    for values in ({"merged_into": successor}, {"merged_into": town, "valid_to": date(2026, 4, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Municipality.objects.filter(pk=town.pk).update(**values)


def test_the_kinds_of_the_file_are_those_of_the_model():
    assert ("prefecture", *Kind.values) == KINDS
