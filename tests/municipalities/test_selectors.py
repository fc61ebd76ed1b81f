"""Finding municipalities, and those that exist on a day."""

from datetime import date

import pytest

from municipalities.management.commands.import_registry import PACKAGED
from municipalities.registry_file import read
from municipalities.selectors import find, in_force
from municipalities.services import import_registry

from .factories import MunicipalityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def country():
    import_registry(read(PACKAGED.read_bytes()).rows, today=date(2026, 4, 1))


def names(query: str, limit: int = 20) -> list[str]:
    return [town.full_name for town in find(query, limit)]


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("葛巻", "岩手県葛巻町"),
        ("岩手県葛巻町", "岩手県葛巻町"),
        ("岩手　くずまき", "岩手県葛巻町"),
        ("ｸｽﾞﾏｷ", "岩手県葛巻町"),
        ("033022", "岩手県葛巻町"),
        ("03302", "岩手県葛巻町"),
        ("０３３０２２", "岩手県葛巻町"),
        ("七ケ浜", "宮城県七ヶ浜町"),
        ("七が浜町", "宮城県七ヶ浜町"),
        ("龍ヶ崎", "茨城県龍ケ崎市"),
        ("竜ケ崎", "茨城県龍ケ崎市"),
        ("梼原", "高知県檮原町"),
        ("須恵", "福岡県須惠町"),
        ("塩釜", "宮城県塩竈市"),
        ("津市", "三重県津市"),
        ("つし", "三重県津市"),
        ("東京都 府中", "東京都府中市"),
        ("広島 府中町", "広島県府中町"),
        ("あわら", "福井県あわら市"),
    ],
)
def test_the_best_comes_first(query, first):
    assert names(query)[0] == first


@pytest.mark.usefixtures("country")
def test_what_finds_nothing_or_little():
    assert names("") == names("　 ") == names("|") == names("%") == names("_") == []
    assert names("葛巻", limit=0) == []
    assert names("北海道", limit=3) == ["北海道札幌市", "北海道函館市", "北海道小樽市"]
    assert len(names("岩手県", limit=100)) == 33


@pytest.mark.usefixtures("country")
def test_searching_takes_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(names("岩手県", limit=1)) == 1
    with django_assert_num_queries(1):
        assert len(names("岩手県", limit=30)) == 30


def test_in_force_from_the_first_day_until_the_day_of_the_end():
    MunicipalityFactory(name="例町", valid_from=date(2020, 4, 1), valid_to=date(2026, 4, 1))
    days = [date(2020, 3, 31), date(2020, 4, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [in_force(day).count() for day in days] == [0, 1, 1, 0]
    assert [len(find("例町", on=day)) for day in days] == [0, 1, 1, 0]


def test_unknown_days_are_in_force():
    MunicipalityFactory()
    assert in_force(date(1900, 1, 1)).count() == in_force(date(2100, 1, 1)).count() == 1
