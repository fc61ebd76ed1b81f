"""Taps as they arrive: kept once, given to the team's other devices, and folded into the records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey import selectors, services, words
from engagements.survey.day.preparation import MOST_ID, Team, read
from engagements.survey.models import Recorder, RecorderDay, SetAside, SurveyVersion, Tap
from engagements.survey.recorder import clocks
from engagements.survey.recorder.declared import cleaned, says_nothing, without_unfit
from engagements.survey.recorder.fold import Said, as_route, passed_over
from workflow import SYSTEM, Actor, authority
from workflow.errors import BadInput, DoorError
from workflow.incoming import MOST_NUMBER
from workflow.log import canonical_text
from workflow.transactions import in_transaction

Raw = Mapping[str, Any]
#: What of a visit can be left without one, in the words of the recorder's keys.
LOST_KINDS = {
    "called": gettext_lazy("呼ばれた"),
    "done": gettext_lazy("終わった"),
    "procedure": gettext_lazy("済んだ手続き"),
    "again": gettext_lazy("もう一度説明した"),
    "form": gettext_lazy("申請書"),
    "write": gettext_lazy("書いた"),
}
MOST_AT_ONCE = 500
#: A phone whose clock was never set says 1970 or 2000.
YEARS = range(1970, 2200)
#: A clock that is wrong by more than a year says nothing about a day: one such tap would move all others.
FAR = timedelta(days=400)
#: What of one device a person may be asked to read; and the seconds that a column keeps.
MOST_ASIDE, MOST_MOVED = 200, 2**31 - 1


@dataclass(frozen=True, slots=True)
class Answered:
    """What a device is told: its taps that are kept, with their times by our clock, and the others' of its team.

    ``ahead``: seconds by which its clock is ahead.
    """

    kept: list[str]
    at: dict[str, str]
    others: list[dict[str, Any]]
    cursor: int
    ahead: int


def sync(recorder: Recorder, body: Raw, *, now: datetime) -> Answered:
    """Keep what a device sends and answer with the others'.

    ``taps`` (uid, team, kind, at, data) in the order in which they were made; ``now``: its clock; ``last``: the time of
    its last tap that waits, sent now or later. Sent twice, a tap is there once. A tap is cleaned by its declaration;
    what is none is set aside for a person to read, and the others are kept. Raises BadInput for more than may be sent
    at once.
    """
    sent, aside = _read(body.get("taps"), recorder.day, now)
    team, cursor = _team(body.get("team")), _cursor(body.get("cursor"))
    ahead = clocks.ahead_of(_moment(body.get("now")), now)
    times = clocks.corrected(
        [tap["at"] for tap in sent], ahead=ahead, last=_moment(body.get("last")), now=now
    )

    def work() -> None:
        rows = [_row(recorder, tap, time, now) for tap, time in zip(sent, times, strict=True)]
        Tap.objects.bulk_create(rows, ignore_conflicts=True)
        SetAside.objects.bulk_create(_aside(recorder, aside, now), ignore_conflicts=True)
        Recorder.objects.filter(pk=recorder.pk).update(synced_at=now, ahead_s=ahead.total_seconds())

    in_transaction(work)
    for name in _ended(recorder.day, sent):
        with suppress(
            DoorError
        ):  # the page of the day says that it waits, and why once somebody puts it there
            keep_route(recorder.day, name, now=now)
    kept = [tap["uid"] for tap in sent]
    return _answer(recorder, kept, team, cursor, ahead)


def _ended(day: RecorderDay, sent: Sequence[Raw]) -> list[str]:
    """Of the teams that these taps are of, those that have come to an end: what comes later belongs to them too."""
    teams = {tap["team"] for tap in sent}
    ended = Tap.objects.filter(day=day, team__in=teams, kind="end")
    return sorted(set(ended.values_list("team", flat=True)))


def _team(said: Any) -> str:
    return without_unfit(said)[:MOST_ID] if isinstance(said, str) else ""


def _cursor(said: Any) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MOST_NUMBER else 0


def _read(taps: Any, day: RecorderDay, now: datetime) -> tuple[list[dict[str, Any]], list[Any]]:
    """The taps among what was sent, and what is none."""
    if not isinstance(taps, list) or len(taps) > MOST_AT_ONCE:
        raise BadInput({"taps": [_("一度に送れるのは%(most)s件までです。") % {"most": MOST_AT_ONCE}]})
    checked = [_checked(tap, day, now) for tap in taps]
    return (
        [tap for tap in checked if tap is not None],
        [said for said, tap in zip(taps, checked, strict=True) if tap is None],
    )


def _checked(tap: Any, day: RecorderDay, now: datetime) -> dict[str, Any] | None:
    """The tap as it may be kept; None where its frame is none, or nothing in it can be used."""
    if not isinstance(tap, dict) or not isinstance(tap.get("data"), dict):
        return None
    texts = {name: tap.get(name) for name in ("uid", "team", "kind")}
    limits = {"uid": 40, "team": MOST_ID, "kind": 12}
    for name, text in texts.items():
        if not isinstance(text, str) or not 0 < len(text) <= limits[name] or without_unfit(text) != text:
            return None
    at, kind = _moment(tap.get("at")), str(texts["kind"])
    data = cleaned(kind, tap["data"])
    if at is None or says_nothing(kind, data) or not day.opened_at - FAR < at < now + FAR:
        return None
    return {**texts, "at": at, "data": data}


def _aside(recorder: Recorder, said: Sequence[Any], now: datetime) -> list[SetAside]:
    """So many of one device's as a person would read."""
    room = MOST_ASIDE - SetAside.objects.filter(recorder=recorder).count() if said else 0
    found = []
    for item in said[: max(0, room)]:
        text = without_unfit(json.dumps(item, ensure_ascii=False, default=str))
        digest = hashlib.sha256(text.encode()).hexdigest()
        row = SetAside(day_id=recorder.day_id, recorder=recorder, digest=digest, said=text[:500])
        row.received_at = now
        found.append(row)
    return found


def _row(recorder: Recorder, tap: Raw, time: clocks.Corrected, now: datetime) -> Tap:
    return Tap(
        day_id=recorder.day_id,
        recorder=recorder,
        uid=tap["uid"],
        team=tap["team"],
        kind=tap["kind"],
        at=time.at,
        moved_s=min(round(time.moved.total_seconds()), MOST_MOVED),
        data=tap["data"],
        received_at=now,
    )


def _moment(said: Any) -> datetime | None:
    """A moment with its offset, as one of UTC: no database knows every offset. None for anything else."""
    try:
        moment = parse_datetime(said) if isinstance(said, str) and len(said) <= 40 else None
        moment = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment.year in YEARS else None


def _answer(recorder: Recorder, kept: list[str], team: str, cursor: int, ahead: timedelta) -> Answered:
    mine = dict(Tap.objects.filter(day=recorder.day_id, uid__in=kept).values_list("uid", "at"))
    rows = Tap.objects.filter(day=recorder.day_id, team=team, pk__gt=cursor).order_by("pk")[:MOST_AT_ONCE]
    found = list(rows)
    others = [
        {
            "uid": row.uid,
            "team": row.team,
            "kind": row.kind,
            "at": row.at.isoformat(),
            "by": row.recorder_id,
            "data": row.data,
        }
        for row in found
        if row.recorder_id != recorder.pk
    ]
    return Answered(
        kept,
        {uid: at.isoformat() for uid, at in mine.items()},
        others,
        found[-1].pk if found else cursor,
        round(ahead.total_seconds()),
    )


# --- into the records ---------------------------------------------------------------------------------------


def route_id(team: str) -> str:
    """The id of a team's route in the records."""
    return f"day-{team}"


def said_of(taps: Iterable[Tap]) -> list[Said]:
    return [Said.of(tap.uid, tap.kind, tap.at, tap.data, tap.recorder_id) for tap in taps]


def folded(taps: Iterable[Tap], team: Team, document: Raw) -> dict[str, Any] | None:
    """The route of a team as its taps make it; None without taps or without its scenario."""
    scenario = services.part_of(document, "scenarios", team.scenario)
    if scenario is None:
        return None
    return as_route(
        said_of(taps),
        id=route_id(team.id),
        scenario=scenario,
        team=team.team,
        actor=team.actor,
        blind=read(document).rules.blind.value,
    )


def keep_route(
    day: RecorderDay, team_id: str, *, now: datetime, actor: Actor = SYSTEM, over: bool = False
) -> SurveyVersion | None:
    """Put a team's route into the records as its taps make it.

    None where there is nothing to keep, or where somebody edited the route there since it was last put: that stays,
    unless ``over`` says that the person has seen both. The day's row is locked: of two devices that end at once the
    second folds the taps of both.
    """
    authority.require(actor, "survey.record", day.survey, now=now)

    def work() -> SurveyVersion | None:
        RecorderDay.objects.select_for_update().get(pk=day.pk)
        latest = selectors.latest_version(day.survey)
        document = latest.document if latest else {}
        team = read(document).team_of(team_id)
        if team is None:
            return None
        made = Tap.objects.filter(day=day, team=team_id)
        route = folded(made, team, document)
        if latest is None or route is None or (not over and is_edited(day, route["id"], document)):
            return None
        devices = list(Recorder.objects.filter(taps__in=made).distinct().order_by("pk"))
        put: Any = {"base": latest.number, "over": latest.number, "source": services.Source.RECORDER}
        put["told"] = {"team": team.team, "recorders": [device.pk for device in devices]}
        put["names"] = [device.name for device in devices]
        return services.put_part(day.survey, "routes", route, actor=actor, now=now, **put)

    return in_transaction(work)


def is_edited(day: RecorderDay, id: str, document: Raw) -> bool:
    """Whether the route differs from the one that the recorder put there last."""
    standing = services.part_of(document, "routes", id)
    if standing is None:
        return False
    for version in day.survey.versions.filter(source=services.Source.RECORDER).order_by("-number"):
        put = services.part_of(version.document, "routes", id)
        if put is not None:
            return canonical_text(put) != canonical_text(standing)
    return True


@dataclass(frozen=True, slots=True)
class Progress:
    """A team on the page of the day."""

    team: Team
    taps: int
    last_at: datetime | None
    ended: bool
    recorded: bool
    #: A device's clock was put right while it recorded, so that the hours are known only by what came before and after.
    moved: bool
    #: What was recorded differs from what stands in the records.
    waiting: bool
    #: Taps that say what nobody can place, in their words.
    lost: list[str]


def progress(day: RecorderDay, document: Raw) -> list[Progress]:
    """Every prepared team with what it recorded so far. One query for the taps, whatever their number."""
    by_team: dict[str, list[Tap]] = {}
    for tap in Tap.objects.filter(day=day).order_by("at"):
        by_team.setdefault(tap.team, []).append(tap)
    return [_progress(day, team, by_team.get(team.id, []), document) for team in read(document).teams]


def _progress(day: RecorderDay, team: Team, taps: list[Tap], document: Raw) -> Progress:
    made = folded(taps, team, document)
    standing = services.part_of(document, "routes", route_id(team.id))
    return Progress(
        team,
        len(taps),
        taps[-1].at if taps else None,
        any(tap.kind == "end" for tap in taps),
        standing is not None,
        any(tap.moved_s for tap in taps),
        made is not None and canonical_text(made) != canonical_text(standing or {}),
        _lost(team, taps, document),
    )


def _lost(team: Team, taps: list[Tap], document: Raw) -> list[str]:
    scenario = services.part_of(document, "scenarios", team.scenario)
    found = passed_over(said_of(taps), scenario=scenario) if scenario else []
    return [_in_words(tap) for tap in found]


def _in_words(tap: Said) -> str:
    """9:42 書いた 電話 2"""
    told = [words.FIELDS.get(str(value), value) for name, value in tap.data.items() if name != "visit"]
    return " ".join(map(str, (f"{timezone.localtime(tap.at):%-H:%M}", LOST_KINDS[tap.kind], *told)))
