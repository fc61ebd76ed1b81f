"""From a route of a survey (`madoguchi-survey/1`, already checked) to the band that is drawn of it.

The lengths of waiting and served segments are those of the survey's measures: service is the union of
[called, finished], waiting the union of [queued, called] less what lies in service, the rest is other.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, pairwise
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey.plots.shapes import Flag, RouteBand, Segment, SegmentKind

Raw = Mapping[str, Any]
Stretch = tuple[SegmentKind, int, int, str]


def bands_from_survey(raw_route: Raw, first_number: int = 1) -> RouteBand:
    """One route as a band, in seconds since its start.

    Where visits overlap, served wins over waiting and the earlier visit over the later. Visits with no
    complete pair of times are named in `untimed`. Observations are numbered from `first_number` as
    `observations_in_order` lists them, timed or not, so that flags agree with a printed list.
    """
    start = _time(raw_route.get("started_at"))
    finished = is_finished(raw_route)
    total = _total(raw_route, start)
    writes = list(_writes(raw_route))
    return RouteBand(
        label=_team(raw_route),
        sub=ending(raw_route),
        total_s=total,
        lower_bound=not finished,
        segments=_segments(raw_route, start, total) if start and total else (),
        writes=tuple(sorted(_offset(at, start) for at in writes if at and start)),
        flags=tuple(_flags(raw_route, start, first_number)),
        untimed=tuple(visit["counter"] for visit in _list(raw_route, "visits") if not _stretches(visit)),
        untimed_writes=sum(1 for at in writes if not (at and start)),
    )


def observations_in_order(raw_route: Raw) -> list[Raw]:
    """All observations of a route: those outside any visit first, then visit by visit."""
    found = list(_list(raw_route, "observations"))
    for visit in _list(raw_route, "visits"):
        found.extend(_list(visit, "observations"))
    return found


def is_finished(raw_route: Raw) -> bool:
    """Whether the route was walked to its end (`complete` of the survey's measures)."""
    ended = raw_route.get("ended")
    if _totals(raw_route) is not None:
        return ended in (None, "", "finished")
    return ended == "finished" or (not ended and bool(raw_route.get("finished_at")))


def ending(raw_route: Raw) -> str:
    """How the route ended, in words."""
    words = {
        "out_of_time": _("時間切れ"),
        "gave_up": _("途中でやめた"),
        "told_to_return": _("出直しを案内された"),
    }
    if is_finished(raw_route):
        return _("完走")
    return words.get(raw_route.get("ended") or "", _("終わりの記録なし"))


def _team(raw_route: Raw) -> str:
    team = raw_route.get("team")
    if not team:
        return str(raw_route["id"])
    return team if team.endswith("班") else _("%(team)s班") % {"team": team}


def _totals(raw_route: Raw) -> Raw | None:
    """What was counted on paper, without a clock; an empty object counts too, an empty text does not."""
    totals = raw_route.get("totals")
    return totals if isinstance(totals, Mapping) else None


def _list(holder: Raw, key: str) -> Sequence[Any]:
    return holder.get(key) or ()


def _time(text: str | None) -> datetime | None:
    """A time of the record; fractions of a second are dropped."""
    return datetime.fromisoformat(text).replace(microsecond=0) if text else None


def _offset(at: datetime, start: datetime) -> int:
    return int((at - start).total_seconds())


def _total(raw_route: Raw, start: datetime | None) -> int | None:
    totals = _totals(raw_route)
    if totals is not None:
        given = totals.get("total_s")
        return None if given in (None, "") else int(given)
    end = _time(raw_route.get("finished_at")) or max(filter(None, _times(raw_route)), default=None)
    return _offset(end, start) if start and end else None


def _times(raw_route: Raw) -> Iterator[datetime | None]:
    yield from (_time(one.get("at")) for one in observations_in_order(raw_route))
    for visit in _list(raw_route, "visits"):
        yield from (_time(visit.get(name)) for name in ("queued_at", "called_at", "finished_at"))
        yield from (
            _time(write.get("at")) for form in _list(visit, "forms") for write in _list(form, "writes")
        )


def _writes(raw_route: Raw) -> Iterator[datetime | None]:
    """The time of every single writing by hand; None where it was not noted."""
    for visit in _list(raw_route, "visits"):
        for form in _list(visit, "forms"):
            for write in _list(form, "writes"):
                if write.get("how") in (None, "", "written"):
                    yield from [_time(write.get("at"))] * write["times"]


def _flags(raw_route: Raw, start: datetime | None, first_number: int) -> Iterator[Flag]:
    for number, observation in zip(count(first_number), observations_in_order(raw_route), strict=False):
        at = _time(observation.get("at"))
        if at and start:
            yield Flag(_offset(at, start), observation["kind"], number)


def _stretches(visit: Raw) -> list[tuple[SegmentKind, datetime, datetime]]:
    queued, called, finished = (_time(visit.get(name)) for name in ("queued_at", "called_at", "finished_at"))
    found: list[tuple[SegmentKind, datetime, datetime]] = []
    if queued and called:
        found.append(("waiting", queued, called))
    if called and finished:
        found.append(("served", called, finished))
    return found


def _segments(raw_route: Raw, start: datetime, total: int) -> tuple[Segment, ...]:
    stretches: list[Stretch] = [
        (kind, _offset(begin, start), _offset(end, start), visit["counter"])
        for visit in _list(raw_route, "visits")
        for kind, begin, end in _stretches(visit)
    ]
    # Stable: served before waiting, and within each in the order of the visits.
    stretches.sort(key=lambda stretch: stretch[0] != "served")
    edges = sorted({0, total, *(edge for stretch in stretches for edge in stretch[1:3])})
    found: list[Segment] = []
    for begin, end in pairwise(edges):
        kind, counter = next(
            ((kind, counter) for kind, first, last, counter in stretches if first <= begin and end <= last),
            ("other", ""),
        )
        goes_on = bool(found) and (found[-1].kind, found[-1].counter) == (kind, counter)
        found.append(Segment(kind, found.pop().start_s if goes_on else begin, end, counter))
    return tuple(found)
