"""Taps as they arrive: kept once, given to the team's other devices, and folded into the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from engagements.survey import selectors, services
from engagements.survey.day.preparation import MOST_ID, Team, read
from engagements.survey.models import Recorder, RecorderDay, SurveyVersion, Tap
from engagements.survey.recorder import clocks
from engagements.survey.recorder.fold import Said, as_route
from workflow import SYSTEM, Actor, authority
from workflow.errors import BadInput
from workflow.log import canonical_text
from workflow.transactions import in_transaction

Raw = Mapping[str, Any]
MOST_AT_ONCE = 500
MOST_BYTES = 8_000
#: A phone whose clock was never set says 1970 or 2000.
YEARS = range(1970, 2200)


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
    its last tap that waits, sent now or later. Sent twice, a tap is there once. Raises BadInput for what no device of
    ours sends; then nothing is kept.
    """
    sent = _read(body.get("taps"))
    team, cursor = str(body.get("team") or "")[:MOST_ID], body.get("cursor")
    ahead = clocks.ahead_of(_moment(body.get("now")), now)
    times = clocks.corrected(
        [tap["at"] for tap in sent], ahead=ahead, last=_moment(body.get("last")), now=now
    )

    def work() -> None:
        rows = [_row(recorder, tap, time, now) for tap, time in zip(sent, times, strict=True)]
        Tap.objects.bulk_create(rows, ignore_conflicts=True)
        Recorder.objects.filter(pk=recorder.pk).update(synced_at=now, ahead_s=ahead.total_seconds())

    in_transaction(work)
    for name in _ended(recorder.day, sent):
        keep_route(recorder.day, name, now=now)
    kept = [tap["uid"] for tap in sent]
    return _answer(recorder, kept, team, cursor if isinstance(cursor, int) else 0, ahead)


def _ended(day: RecorderDay, sent: Sequence[Raw]) -> list[str]:
    """Of the teams that these taps are of, those that have come to an end: what comes later belongs to them too."""
    teams = {tap["team"] for tap in sent}
    ended = Tap.objects.filter(day=day, team__in=teams, kind="end")
    return sorted(set(ended.values_list("team", flat=True)))


def _read(taps: Any) -> list[dict[str, Any]]:
    if not isinstance(taps, list) or len(taps) > MOST_AT_ONCE:
        raise BadInput({"taps": [_("一度に送れるのは%(most)s件までです。") % {"most": MOST_AT_ONCE}]})
    return [_checked(tap) for tap in taps]


def _checked(tap: Any) -> dict[str, Any]:
    """Only the frame is judged: what stands in it is the fold's concern."""
    refused = BadInput(
        {"taps": [_("読み取れない記録があります。ページを開き直してください。記録は端末に残っています。")]}
    )
    if not isinstance(tap, dict) or not isinstance(tap.get("data"), dict):
        raise refused
    texts = {name: tap.get(name) for name in ("uid", "team", "kind", "at")}
    limits = {"uid": 40, "team": MOST_ID, "kind": 12, "at": 40}
    if not all(isinstance(text, str) and 0 < len(text) <= limits[name] for name, text in texts.items()):
        raise refused
    try:
        at, size = parse_datetime(tap["at"]), len(canonical_text(tap["data"]))
        # No database knows every offset that can be written, and no clock is centuries off.
        at = at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError) as error:
        raise refused from error
    if at is None or at.year not in YEARS or size > MOST_BYTES or "\x00" in canonical_text(texts):
        raise refused
    return {**texts, "at": at, "data": tap["data"]}


def _row(recorder: Recorder, tap: Raw, time: clocks.Corrected, now: datetime) -> Tap:
    return Tap(
        day_id=recorder.day_id,
        recorder=recorder,
        uid=tap["uid"],
        team=tap["team"],
        kind=tap["kind"],
        at=time.at,
        moved_s=round(time.moved.total_seconds()),
        data=tap["data"],
        received_at=now,
    )


def _moment(said: Any) -> datetime | None:
    """A moment with its offset; None for anything else."""
    try:
        moment = parse_datetime(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


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


def folded(taps: Iterable[Tap], team: Team, document: Raw) -> dict[str, Any] | None:
    """The route of a team as its taps make it; None without taps or without its scenario."""
    scenario = services.part_of(document, "scenarios", team.scenario)
    if scenario is None:
        return None
    return as_route(
        [Said(tap.uid, tap.kind, tap.at, tap.data, tap.recorder_id) for tap in taps],
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
    )
