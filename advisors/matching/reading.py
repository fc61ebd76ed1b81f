"""Reading a round's file: every fault of it is named, nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from advisors.matching.problem import (
    FORMAT,
    PARTS,
    PREFERRED_MAX,
    WANTS_MAX,
    Advisor,
    Employer,
    Fault,
    Faults,
    Pair,
    Params,
    Problem,
    Town,
)

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+09:00")
LAT_E4, LON_E4 = 900_000, 1_800_000
TIES = ("conflicts", "declined", "forbidden", "history", "locked", "existing")

Check = Callable[[Any], bool]


class InvalidInput(Exception):
    """The file cannot be used; ``faults`` says why, each with the ids that it is about."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


def read_problem(content: bytes) -> Problem:
    """The round in a file's bytes. Raises ``InvalidInput`` with every fault found."""
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidInput((Fault("BAD_VALUE"),)) from error
    faults = Faults()
    if not isinstance(value, dict):
        faults.add("BAD_VALUE")
    else:
        _check(value, faults)
    if faults:
        raise InvalidInput(faults.all())
    return _build(value)


def _refuse(_name: str) -> NoReturn:
    raise ValueError("not JSON")


def _integer(least: int, most: int | None = None) -> Check:
    if most is None:
        return lambda value: type(value) is int and value >= least
    return lambda value: type(value) is int and least <= value <= most


def _one_of(*words: str) -> Check:
    return lambda value: type(value) is str and value in words


def _form(pattern: re.Pattern[str]) -> Check:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _text(value: Any) -> bool:
    return type(value) is str


def _flag(value: Any) -> bool:
    return type(value) is bool


def _texts(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _ranked(most: int) -> Check:
    return lambda value: _texts(value) and len(value) <= most and len(set(value)) == len(value)


def _months(value: Any) -> bool:
    return type(value) is list and all(type(item) is int and 1 <= item <= 12 for item in value)


def _pairs(value: Any) -> bool:
    return type(value) is list and all(_texts(item) and len(item) == 2 for item in value)


def _cap(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


TOWN: Mapping[str, Check] = {
    "municipality": _text,
    "lat_e4": _integer(-LAT_E4, LAT_E4),
    "lon_e4": _integer(-LON_E4, LON_E4),
    "band": _integer(1, 6),
    "wants": _ranked(WANTS_MAX),
    "preferred": _ranked(PREFERRED_MAX),
    "months": _months,
    "mode": _one_of("onsite", "online", "either"),
    "priority": _integer(0, 3),
    "applied_at": _form(MOMENT),
    "wants_trainee": _flag,
}
ADVISOR: Mapping[str, Check] = {
    "role": _one_of("lead", "trainee"),
    "active": _flag,
    "employer": _text,
    "lat_e4": _integer(-LAT_E4, LAT_E4),
    "lon_e4": _integer(-LON_E4, LON_E4),
    "band": _integer(1, 6),
    "tags": _texts,
    "months": _months,
    "mode": _one_of("onsite", "online", "both"),
    "max_km": _integer(0),
    "capacity": _integer(0, 4),
    "current_load": _integer(0),
    "cert_until": _form(DAY),
}
EMPLOYER: Mapping[str, Check] = {"max_lent": _integer(0), "lent": _integer(0)}
ROUND: Mapping[str, Check] = {"id": _text, "start": _form(DAY), "end": _form(DAY), "months": _months}
PARAMS: Mapping[str, Check] = {
    "mode": _one_of("fresh", "rematch"),
    "fairness": _one_of("total", "maxmin"),
    "sessions": _integer(0),
}
LISTS = (
    ("towns", "id", "DUPLICATE_TOWN", TOWN),
    ("advisors", "id", "DUPLICATE_ADVISOR", ADVISOR),
    ("employers", "code", "DUPLICATE_EMPLOYER", EMPLOYER),
)


def _fits(record: Any, checks: Mapping[str, Check]) -> bool:
    return type(record) is dict and all(
        name in record and check(record[name]) for name, check in checks.items()
    )


def _check(value: dict[str, Any], faults: Faults) -> None:
    params = value["params"] if type(value.get("params")) is dict else {}
    sound = (
        value.get("format") == FORMAT
        and _fits(value.get("round"), ROUND)
        and _fits(params, PARAMS)
        and _fits(params.get("weights"), dict.fromkeys(PARTS, _integer(0)))
        and _cap(params.get("max_leads"))
        and all(name in value and _pairs(value[name]) for name in TIES)
    )
    if not sound:
        faults.add("BAD_VALUE")
    for name, key, twice, checks in LISTS:
        _check_list(value.get(name), key, twice, checks, faults)


def _check_list(records: Any, key: str, twice: str, checks: Mapping[str, Check], faults: Faults) -> None:
    if type(records) is not list:
        faults.add("BAD_VALUE")
        return
    seen: set[str] = set()
    for record in records:
        name = record.get(key) if type(record) is dict else None
        if type(name) is not str:
            faults.add("BAD_VALUE")
            continue
        if name in seen:
            faults.add(twice, (name,))
        seen.add(name)
        if not _fits(record, checks):
            faults.add("BAD_VALUE", (name,))


def _set_of_pairs(pairs: Iterable[list[str]]) -> frozenset[Pair]:
    return frozenset((town, advisor) for town, advisor in pairs)


def _town(row: dict[str, Any]) -> Town:
    return Town(
        row["id"],
        row["municipality"],
        row["lat_e4"],
        row["lon_e4"],
        row["band"],
        tuple(row["wants"]),
        tuple(row["preferred"]),
        frozenset(row["months"]),
        row["mode"],
        row["priority"],
        row["applied_at"],
        row["wants_trainee"],
    )


def _advisor(row: dict[str, Any]) -> Advisor:
    return Advisor(
        row["id"],
        row["role"],
        row["active"],
        row["employer"],
        row["lat_e4"],
        row["lon_e4"],
        row["band"],
        frozenset(row["tags"]),
        frozenset(row["months"]),
        row["mode"],
        row["max_km"],
        row["capacity"],
        row["current_load"],
        row["cert_until"],
    )


def _build(value: dict[str, Any]) -> Problem:
    given = value["params"]
    params = Params(
        given["mode"],
        given["fairness"],
        given["sessions"],
        {part: given["weights"][part] for part in PARTS},
        given.get("max_leads"),
    )
    return Problem(
        id=value["round"]["id"],
        end=value["round"]["end"],
        months=frozenset(value["round"]["months"]),
        params=params,
        towns=tuple(map(_town, value["towns"])),
        advisors=tuple(map(_advisor, value["advisors"])),
        employers=tuple(Employer(row["code"], row["max_lent"], row["lent"]) for row in value["employers"]),
        **{name: _set_of_pairs(value[name]) for name in TIES},
    )
