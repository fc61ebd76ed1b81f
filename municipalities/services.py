"""Changes to the registry."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from .codes import prefecture_code
from .models import SEARCH_KEY_LENGTH, Municipality, MunicipalityName, Prefecture, band_of
from .registry_cells import PREFECTURE
from .registry_rules import PREFECTURE_NUMBERS, RegistryRow
from .selectors import SEPARATOR
from .text import fold

# An empty cell of these says "unknown" and leaves what is loaded.
KEPT_WHEN_EMPTY = ("lat", "lon", "population", "valid_from")
STATED = ("name", "kana", *KEPT_WHEN_EMPTY, "valid_to")
# The day of a population is kept with it, and is unknown for one that a registry file states.
WRITTEN = (*STATED, "population_on")
MUNICIPALITY_FIELDS = (*WRITTEN, "prefecture_id", "kind", "merged_into_id")
MUNICIPALITY_COLUMNS = (*WRITTEN, "prefecture", "kind", "merged_into", "search_key")
OUTCOMES = ("added", "changed", "merged", "retired")
Stored = Prefecture | Municipality
# Rows that one statement updates: engines bound the number of values.
BATCH = 300
POPULATION = ("population", "population_on")


@dataclass(frozen=True)
class ImportResult:
    """How many local governments an import added, changed, merged and retired; each counts once."""

    added: int
    changed: int
    merged: int
    retired: int


@transaction.atomic
def import_registry(rows: Sequence[RegistryRow], *, today: date) -> ImportResult:
    """Brings the registry to what the rows state, all or nothing; the same rows again change nothing.

    The rows come from `registry_file.read` without a fault. Rows that hold all 47 prefectures are the whole
    registry: a municipality in force that they lack is retired as of `today`, never deleted. Any other set of
    rows only adds and changes. A changed name leaves the former one in the history, until `today`.
    A constant number of queries, apart from the batches that the database asks for.
    """
    prefectures = {stored.code: stored for stored in Prefecture.objects.select_for_update()}
    loaded = {stored.code: stored for stored in Municipality.objects.select_for_update()}
    wanted_prefectures = {
        row.code: Prefecture(code=row.code, **_stated(row, prefectures.get(row.code)))
        for row in rows
        if row.kind == PREFECTURE
    }
    wanted = {row.code: _wanted(row, loaded.get(row.code), today) for row in rows if row.kind != PREFECTURE}
    if _is_whole(rows):
        wanted |= _retired(loaded, wanted, today)
    _write_prefectures(wanted_prefectures, prefectures)
    former = _rename(wanted, loaded, today)
    _write_municipalities(wanted, loaded, prefectures | wanted_prefectures, former)
    counts = _counted(wanted_prefectures, prefectures, WRITTEN) + _counted(
        wanted, loaded, MUNICIPALITY_FIELDS
    )
    return ImportResult(**{outcome: counts[outcome] for outcome in OUTCOMES})


@dataclass(frozen=True)
class PopulationChange:
    """What an import of populations makes of one local government; bands are those of ``Municipality.band``."""

    code: str
    full_name: str
    old: int | None
    new: int
    old_band: int | None
    new_band: int | None


def import_population(rows: Mapping[str, int], *, day: date, keep: bool = True) -> list[PopulationChange]:
    """Populations by code as of a day, all of them; returns those that change. Without ``keep`` nothing is written.

    Two queries, and two batches at a time. A code that is not loaded is left out.
    """
    with transaction.atomic():
        prefectures = list(Prefecture.objects.select_for_update().filter(code__in=rows))
        towns = Municipality.objects.select_for_update(of=("self",)).select_related("prefecture")
        municipalities = list(towns.filter(code__in=rows))
        stored: list[Stored] = [*prefectures, *municipalities]
        changes = [_change(one, rows[one.code]) for one in stored if one.population != rows[one.code]]
        if keep:
            for one in stored:
                one.population, one.population_on = rows[one.code], day
            Prefecture.objects.bulk_update(prefectures, POPULATION, batch_size=BATCH)
            Municipality.objects.bulk_update(municipalities, POPULATION, batch_size=BATCH)
    return changes


def _change(stored: Stored, new: int) -> PopulationChange:
    is_town = isinstance(stored, Municipality)
    return PopulationChange(
        stored.code,
        stored.full_name if isinstance(stored, Municipality) else stored.name,
        stored.population,
        new,
        band_of(stored.population) if is_town else None,
        band_of(new) if is_town else None,
    )


def _is_whole(rows: Sequence[RegistryRow]) -> bool:
    return {row.code[:2] for row in rows if row.kind == PREFECTURE} == set(PREFECTURE_NUMBERS)


def _stated(row: RegistryRow, stored: Stored | None) -> dict[str, Any]:
    values = {field: getattr(row, field) for field in STATED}
    unknown = [field for field in KEPT_WHEN_EMPTY if stored and values[field] is None]
    values |= {field: getattr(stored, field) for field in unknown}
    kept = stored is not None and values["population"] == stored.population
    return values | {"population_on": stored.population_on if stored and kept else None}


def _wanted(row: RegistryRow, stored: Municipality | None, today: date) -> Municipality:
    """The municipality as it has to be: merged needs an end, in force ends a merger that was loaded."""
    values = _stated(row, stored)
    merged_into = row.merged_into
    if merged_into and not values["valid_to"]:
        values["valid_to"] = _end(
            stored.valid_to if stored and stored.valid_to else today, values["valid_from"]
        )
    elif stored and values["valid_to"] and not merged_into:
        merged_into = stored.merged_into_id
    return Municipality(
        code=row.code,
        prefecture_id=prefecture_code(row.code),
        kind=row.kind,
        merged_into_id=merged_into,
        **values,
    )


def _end(day: date, start: date | None) -> date:
    """The day, but not before the start that is on record."""
    return max(day, start) if start else day


def _retired(
    loaded: Mapping[str, Municipality], wanted: Mapping[str, Municipality], today: date
) -> dict[str, Municipality]:
    """The municipalities in force that a whole registry lacks, with today as their end."""
    missing = [stored for code, stored in loaded.items() if code not in wanted and stored.valid_to is None]
    values = {
        stored.code: {field: getattr(stored, field) for field in MUNICIPALITY_FIELDS} for stored in missing
    }
    return {
        code: Municipality(code=code, **(kept | {"valid_to": _end(today, kept["valid_from"])}))
        for code, kept in values.items()
    }


def _rename(
    wanted: Mapping[str, Municipality], loaded: Mapping[str, Municipality], today: date
) -> dict[str, list[MunicipalityName]]:
    """Keeps the names that change; returns all former names by municipality, oldest first."""
    former: defaultdict[str, list[MunicipalityName]] = defaultdict(list)
    for name in MunicipalityName.objects.all():
        former[name.municipality_id].append(name)
    kept = []
    for code, municipality in wanted.items():
        stored = loaded.get(code)
        if stored and stored.name != municipality.name:
            start = former[code][-1].valid_to if former[code] else stored.valid_from
            kept.append(_former_name(stored, start, today))
            former[code].append(kept[-1])
    MunicipalityName.objects.bulk_create(kept)
    return former


def _former_name(stored: Municipality, start: date | None, today: date) -> MunicipalityName:
    return MunicipalityName(
        municipality_id=stored.code,
        name=stored.name,
        kana=stored.kana,
        valid_from=start,
        valid_to=_end(today, start),
    )


def search_key(
    municipality: Municipality, prefecture: Prefecture, former: Sequence[MunicipalityName] = ()
) -> str:
    """The folded names and readings under which `selectors.find` meets the municipality."""
    names = [municipality.name, municipality.kana]
    names += [prefecture.name + municipality.name, prefecture.kana + municipality.kana]
    names += [text for name in former for text in (name.name, name.kana)]
    folded = dict.fromkeys(fold(name).replace(SEPARATOR, "") for name in names)
    return SEPARATOR.join(["", *folded, ""])[:SEARCH_KEY_LENGTH]


def _differs(wanted: Stored, stored: Stored | None, fields: Sequence[str]) -> bool:
    return stored is None or any(getattr(wanted, field) != getattr(stored, field) for field in fields)


def _write_prefectures(wanted: Mapping[str, Prefecture], loaded: Mapping[str, Prefecture]) -> None:
    Prefecture.objects.bulk_create(
        [
            prefecture
            for code, prefecture in wanted.items()
            if _differs(prefecture, loaded.get(code), WRITTEN)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=WRITTEN,
    )


def _write_municipalities(
    wanted: Mapping[str, Municipality],
    loaded: Mapping[str, Municipality],
    prefectures: Mapping[str, Prefecture],
    former: Mapping[str, Sequence[MunicipalityName]],
) -> None:
    for code, municipality in wanted.items():
        prefecture = prefectures[municipality.prefecture_id]
        municipality.search_key = search_key(municipality, prefecture, former.get(code, ()))
    fields = (*MUNICIPALITY_FIELDS, "search_key")
    Municipality.objects.bulk_create(
        [
            municipality
            for code, municipality in wanted.items()
            if _differs(municipality, loaded.get(code), fields)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=MUNICIPALITY_COLUMNS,
    )


def _counted(
    wanted: Mapping[str, Stored], loaded: Mapping[str, Stored], fields: Sequence[str]
) -> Counter[str]:
    return Counter(
        _outcome(one, loaded.get(code))
        for code, one in wanted.items()
        if _differs(one, loaded.get(code), fields)
    )


def _outcome(wanted: Stored, stored: Stored | None) -> str:
    if stored is None:
        return "added"
    if getattr(wanted, "merged_into_id", None) and not getattr(stored, "merged_into_id", None):
        return "merged"
    return "retired" if wanted.valid_to and not stored.valid_to else "changed"
