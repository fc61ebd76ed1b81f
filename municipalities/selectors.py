"""Reads of the registry."""

import re
from collections.abc import Iterator
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from .models import Municipality, Prefecture
from .population_file import Place
from .registry_cells import PREFECTURE
from .registry_rules import Known, RegistryRow
from .text import fold

SEPARATOR = "|"


def in_force(on: date) -> QuerySet[Municipality]:
    """The municipalities that exist on that day, by code; on the day of `valid_to` one no longer does."""
    began = Q(valid_from=None) | Q(valid_from__lte=on)
    lasts = Q(valid_to=None) | Q(valid_to__gt=on)
    return Municipality.objects.filter(began & lasts).select_related("prefecture")


def find(query: str, limit: int = 20, *, on: date | None = None) -> list[Municipality]:
    """Municipalities in force (today, or `on`) that fit every word of the query: best first, then by code.

    A word of digits is the beginning of a code; any other is part of a name, a former name or a reading, with
    or without the prefecture, however it is written. One query; an empty one finds nothing.
    """
    words = [word for word in (fold(part).replace(SEPARATOR, "") for part in re.split(r"\s+", query)) if word]
    if not words or limit < 1:
        return []
    found = in_force(on or timezone.localdate())
    for word in words:
        found = (
            found.filter(code__startswith=word)
            if _is_digits(word)
            else found.filter(search_key__contains=word)
        )
    return list(found.order_by(_rank(words[-1]), "code")[:limit])


def known() -> Known:
    """What is loaded, as the reader of a registry file needs it. Two queries."""
    return Known(
        prefectures=dict(Prefecture.objects.values_list("code", "name")),
        municipalities=dict(Municipality.objects.values_list("code", "valid_from")),
    )


def places() -> dict[str, Place]:
    """All that is loaded by code, as the reader of a table of populations needs it. Three queries."""
    found = {row.code: Place(row.code, row.name, [row.name]) for row in Prefecture.objects.all()}
    for town in Municipality.objects.select_related("prefecture").prefetch_related("former_names"):
        names = [town.name, *(former.name for former in town.former_names.all())]
        found[town.code] = Place(town.code, town.full_name, names)
    return found


def registry_rows() -> Iterator[RegistryRow]:
    """All that is loaded, prefectures first, ended municipalities included. Two queries."""
    for prefecture in Prefecture.objects.all():
        yield _row(prefecture, prefecture.name, PREFECTURE)
    for municipality in Municipality.objects.select_related("prefecture"):
        yield _row(municipality, municipality.prefecture.name, municipality.kind)


def _row(loaded: Prefecture | Municipality, prefecture: str, kind: str) -> RegistryRow:
    return RegistryRow(
        code=loaded.code,
        prefecture=prefecture,
        name=loaded.name,
        kana=loaded.kana,
        kind=kind,
        lat=loaded.lat,
        lon=loaded.lon,
        population=loaded.population,
        valid_from=loaded.valid_from,
        valid_to=loaded.valid_to,
    )


def _is_digits(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _rank(word: str) -> Case:
    """0 for a whole name, 1 for the beginning of one, 2 for any other part."""
    return Case(
        When(search_key__contains=f"{SEPARATOR}{word}{SEPARATOR}", then=Value(0)),
        When(search_key__contains=f"{SEPARATOR}{word}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
