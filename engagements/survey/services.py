"""What people do with surveys. Every save is a new version; what was saved is never edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.survey.day.preparation import KEY as PREPARATION
from engagements.survey.intake import FaultyDocument, read_document
from engagements.survey.measures import FORMAT, encode
from engagements.survey.models import TITLE_LENGTH, Survey, SurveyVersion
from municipalities.dates import era_year_short, fiscal_year
from workflow import Actor, authority, record
from workflow.errors import BadInput, Conflict
from workflow.events import Happening, announced, dispatch
from workflow.log import canonical_text
from workflow.models import Visibility
from workflow.serials import next_number
from workflow.transactions import in_transaction

CREATED, SAVED = announced("survey.created"), announced("survey.version_saved")
Document = dict[str, Any]
Source = SurveyVersion.Source
REASON_LENGTH = 300


class Stale(Conflict):
    """Somebody else saved the same part meanwhile: ``current`` is the version that stands now. 409."""

    def __init__(self, current: SurveyVersion) -> None:
        self.current = current
        super().__init__(
            _(
                "あなたが書いている間に、ほかの方が同じところを直しました。2つを見比べて、もう一度保存してください。"
            )
        )


@dataclass(frozen=True, slots=True)
class Edited:
    """What somebody edited: how to find it in a document, in which version, and over which later one they saw."""

    part: Callable[[Mapping[str, Any]], Any]
    base: int
    over: int | None


@dataclass(frozen=True, slots=True)
class Export:
    """A file to hand out: the latest version's very text."""

    name: str
    data: bytes


def create_survey(
    engagement: Engagement,
    *,
    title: str,
    held_on: date,
    round: int,  # noqa: A002  (the format's own word)
    actor: Actor,
    now: datetime,
) -> Survey:
    """A survey without records yet. Raises BadInput by field, e.g. for a round that exists already."""
    authority.require(actor, "survey.create", Survey(engagement=engagement), now=now)
    return in_transaction(lambda: _create(engagement, title, held_on, round, actor, now))


def _create(
    engagement: Engagement, title: str, held_on: date, number: int, actor: Actor, now: datetime
) -> Survey:
    Engagement.objects.select_for_update().get(pk=engagement.pk)
    if Survey.objects.filter(engagement_id=engagement.pk, round=number).exists():
        raise BadInput(
            {
                "round": [
                    _("%(round)s回目の調査はもうあります。次の回にするか、その調査に記録を足してください。")
                    % {"round": number}
                ]
            }
        )
    year = fiscal_year(held_on)
    reference = f"S-{era_year_short(year)}-{next_number('survey', year):03d}"
    survey = Survey.objects.create(
        reference=reference,
        engagement_id=engagement.pk,
        round=number,
        title=title[:TITLE_LENGTH],
        held_on=held_on,
    )
    _log(CREATED, survey, actor, now, {"reference": reference, "round": number})
    return survey


def start_resurvey(earlier: Survey, *, held_on: date, actor: Actor, now: datetime) -> Survey:
    """The next round of a survey: the same personas and scenarios, without anybody's route.

    Raises BadInput for a day before the earlier survey, or where that has no scenario to walk again.
    """
    authority.require(actor, "survey.create", Survey(engagement=earlier.engagement), now=now)
    if held_on <= earlier.held_on:
        raise BadInput({"held_on": [_("前の調査より後の日を入れてください。")]})

    def work() -> Survey:
        Engagement.objects.select_for_update(of=("self",)).get(pk=earlier.engagement_id)
        latest = earlier.versions.order_by("-number").first()
        if latest is None or not latest.document.get("scenarios"):
            raise BadInput({"": [_("前の調査に場面がありません。先に場面を記録してください。")]})
        rounds = Survey.objects.filter(engagement=earlier.engagement_id)
        number = max(rounds.values_list("round", flat=True)) + 1
        made = _create(earlier.engagement, earlier.title, held_on, number, actor, now)
        document = latest.document
        document["survey"] |= {"held_on": held_on.isoformat(), "round": number}
        document["routes"] = []
        _save(made, lambda _blank: document, Source.GRID, actor, now, "")
        return made

    return in_transaction(work)


def import_document(
    target: Engagement | Survey, data: bytes, *, actor: Actor, now: datetime, reason: str = ""
) -> SurveyVersion:
    """Keep a file as a new version of a survey; for an engagement, of the round that the file names.

    The same records again make no new version. What was recorded before and changes or goes needs a reason.
    Raises TooMuch, FaultyDocument (a sentence a path) or BadInput; then nothing is kept.
    """
    engagement = target if not isinstance(target, Survey) else target.engagement
    survey = target if isinstance(target, Survey) else Survey(engagement=engagement)
    authority.require(actor, "survey.record", survey, now=now)
    read = read_document(data)
    if read.municipality != engagement.municipality_id:
        said = _("%(code)s の記録です。この支援の団体コードは %(own)s です。ファイルを確かめてください。")
        words = {"code": read.municipality, "own": engagement.municipality_id}
        raise FaultyDocument([("survey.municipality", said % words)])
    if isinstance(target, Survey) and read.round != target.round:
        said = _("%(found)s回目の記録です。この調査は%(round)s回目です。ファイルを確かめてください。")
        raise FaultyDocument([("survey.round", said % {"found": read.round, "round": target.round})])

    def work() -> SurveyVersion:
        survey = target if isinstance(target, Survey) else _of_round(engagement, read, actor, now)
        return _save(
            survey, lambda _latest: dict(read.raw), Source.IMPORT, actor, now, reason, reason_for_changes=True
        )

    return in_transaction(work)


def _of_round(engagement: Engagement, read: Any, actor: Actor, now: datetime) -> Survey:
    found = Survey.objects.filter(engagement_id=engagement.pk, round=read.round).first()
    if found is not None:
        return found
    if read.round > 32767:
        raise FaultyDocument([("survey.round", _("回の数が大きすぎます。1から数えた回を書いてください。"))])
    title = read.title or _("窓口利用体験調査")
    return _create(engagement, title, read.held_on, read.round, actor, now)


def blank_document(survey: Survey) -> Document:
    """The records of a survey before anything was recorded."""
    head = {
        "municipality": survey.engagement.municipality_id,
        "held_on": survey.held_on.isoformat(),
        "round": survey.round,
        "title": survey.title,
    }
    return {"format": FORMAT, "survey": head, "scenarios": [], "routes": []}


def put_part(
    survey: Survey,
    part: str,
    value: Mapping[str, Any],
    *,
    base: int,
    over: int | None = None,
    actor: Actor,
    now: datetime,
    reason: str = "",
    source: str = Source.GRID,
    told: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
) -> SurveyVersion:
    """Save one of the document's ``routes`` or ``scenarios``, replaced by its id or added at the end.

    ``base`` is the version that was edited (0: none). If the same part was changed since, raises Stale, unless
    ``over`` names the latest version: then the person has seen it. Another part's change hinders nobody.
    ``told`` and ``names`` (of people without an account) go into the version's event.
    """
    authority.require(actor, "survey.record", survey, now=now)

    def change(latest: Document) -> Document:
        items = latest.setdefault(part, None) or []
        places = [index for index, item in enumerate(items) if item["id"] == value["id"]]
        latest[part] = [*items[: places[0]], value, *items[places[0] + 1 :]] if places else [*items, value]
        return latest

    edited = Edited(lambda document: part_of(document, part, value["id"]), base, over)
    more: Any = {"unless_changed": edited, "told": told or {}, "names": names}
    return in_transaction(lambda: _save(survey, change, source, actor, now, reason, **more))


def add_routes(
    survey: Survey, routes: Sequence[Mapping[str, Any]], *, actor: Actor, now: datetime, dry: bool = False
) -> SurveyVersion | None:
    """Add routes at the end of the records, all in one version; ``dry`` only judges them.

    Raises FaultyDocument, also for an id that is taken.
    """
    authority.require(actor, "survey.record", survey, now=now)

    def change(latest: Document) -> Document:
        latest["routes"] = [*(latest.get("routes") or []), *routes]
        return latest

    if dry:
        latest = survey.versions.order_by("-number").first()
        read_document(encode(change(latest.document if latest else blank_document(survey))))
        return None
    return in_transaction(lambda: _save(survey, change, Source.SHEET, actor, now, ""))


def put_preparation(
    survey: Survey, part: str, value: Any, *, base: int, over: int | None = None, actor: Actor, now: datetime
) -> SurveyVersion:
    """Save one part of what is prepared for the day (``day.preparation.PARTS``); ``base`` and ``over`` as above.

    Raises Stale where the same part was changed since.
    """
    authority.require(actor, "survey.record", survey, now=now)

    def change(latest: Document) -> Document:
        latest[PREPARATION] = _prepared(latest) | {part: value}
        return latest

    edited = Edited(lambda document: _prepared(document).get(part), base, over)
    return in_transaction(
        lambda: _save(survey, change, Source.PREPARED, actor, now, "", unless_changed=edited)
    )


def _prepared(document: Mapping[str, Any]) -> dict[str, Any]:
    found = document.get(PREPARATION)
    return dict(found) if isinstance(found, Mapping) else {}


def delete_route(
    survey: Survey, route_id: str, *, base: int, actor: Actor, now: datetime, reason: str
) -> SurveyVersion:
    """Take a route that was recorded wrongly out of the records; the version before keeps it. Needs a reason."""
    authority.require(actor, "survey.record", survey, now=now)
    if not reason.strip():
        raise BadInput({"reason": [_("消す理由を入れてください。前の版には残ります。")]})

    def change(latest: Document) -> Document:
        latest["routes"] = [route for route in latest.get("routes") or [] if route["id"] != route_id]
        return latest

    edited = Edited(lambda document: part_of(document, "routes", route_id), base, None)
    return in_transaction(
        lambda: _save(survey, change, Source.GRID, actor, now, reason, unless_changed=edited)
    )


def export_document(survey: Survey, *, actor: Actor, now: datetime, for_others: bool = False) -> Export:
    """The latest version as a file. An export of raw records is a grave read: it is logged.

    ``for_others`` covers the words of remarks that stay in the town (``remarks.stays``). Raises Conflict where the file
    would hold what this reader may not see yet.
    """
    # These read through selectors, which read through this module.
    from engagements.survey import remarks
    from engagements.survey.day import page

    authority.require(actor, "survey.export", survey, now=now)
    latest = survey.versions.order_by("-number").first()
    if latest:
        page.require_shown(actor, survey, latest.document, now)
        remarks.require_all(actor, survey, latest.document)
    number, covered = latest.number if latest else 0, 0
    data = latest.content.encode() if latest else encode(blank_document(survey))
    if latest and for_others:
        document, covered = remarks.for_others(survey, latest.document)
        data = encode(document)
    with transaction.atomic():
        told = {"version": number, "for_others": for_others, "covered": covered}
        _log("survey.exported", survey, actor, now, told)
    return Export(_file_name(survey, number, for_others), data)


def _file_name(survey: Survey, number: int, for_others: bool) -> str:
    engagement = survey.engagement
    kind = "窓口利用体験調査_ほかへ渡す用" if for_others else "窓口利用体験調査"
    return f"{engagement.municipality_id}_{engagement.municipality_name}_{kind}_v{number}.json"


def _save(
    survey: Survey,
    change: Callable[[Document], Document],
    source: str,
    actor: Actor,
    now: datetime,
    reason: str,
    *,
    unless_changed: Edited | None = None,
    reason_for_changes: bool = False,
    told: Mapping[str, Any] = {},
    names: Sequence[str] = (),
) -> SurveyVersion:
    """The next version, inside the caller's transaction; the survey's row is locked, so numbers have no gap."""
    _check_reason(reason)
    locked = Survey.objects.select_for_update().get(pk=survey.pk)
    latest = locked.versions.order_by("-number").first()
    if unless_changed is not None and latest is not None:
        _refuse_stale(locked, latest, unless_changed)
    before = latest.document if latest else blank_document(survey)
    changed = change(deepcopy(before))
    if latest is not None and canonical_text(changed) == canonical_text(before):
        return latest
    read = read_document(encode(changed))
    if reason_for_changes and latest is not None and not reason.strip() and _something_goes(before, changed):
        raise BadInput({"reason": [_("前に記録した内容が変わります。直した理由を入れてください。")]})
    version = SurveyVersion(survey=locked, number=latest.number + 1 if latest else 1, source=source)
    version.document, version.reason = changed, reason.strip()
    version.created_at, version.created_by_id = now, actor.user_id
    version.save()
    _follow_head(locked, read.title, read.held_on)
    data = {"version": version.number, "source": str(source), "routes": len(read.routes), **told}
    _log(SAVED, locked, actor, now, data, reason=version.reason, names=names)
    survey.title, survey.held_on = locked.title, locked.held_on
    return version


def _check_reason(reason: str) -> None:
    if len(reason.strip()) > REASON_LENGTH:
        raise BadInput({"reason": [_("理由は%(most)s字までにしてください。") % {"most": REASON_LENGTH}]})
    if "\x00" in reason:
        raise BadInput({"reason": [_("使えない文字が入っています。入れ直してください。")]})


def part_of(document: Mapping[str, Any], part: str, id: str) -> Any:
    """The scenario or route with that id; None where there is none."""
    return next((item for item in document.get(part) or () if item["id"] == id), None)


def _refuse_stale(survey: Survey, latest: SurveyVersion, edited: Edited) -> None:
    if latest.number in (edited.base, edited.over):
        return
    version = survey.versions.filter(number=edited.base).first()
    seen = edited.part(version.document) if version else None
    if canonical_text({"": seen}) != canonical_text({"": edited.part(latest.document)}):
        raise Stale(latest)


def _something_goes(before: Any, after: Any) -> bool:
    """Whether a value that was recorded is other or gone; lists may grow at their end."""
    if isinstance(before, dict):
        return not isinstance(after, dict) or any(_something_goes(v, after.get(k)) for k, v in before.items())
    if isinstance(before, list):
        if not isinstance(after, list) or len(after) < len(before):
            return bool(before)
        return any(_something_goes(one, other) for one, other in zip(before, after, strict=False))
    return before not in (None, "") and before != after


def _follow_head(survey: Survey, title: str | None, held_on: date) -> None:
    """The survey's own row says what its records say."""
    survey.title, survey.held_on = (title or survey.title)[:TITLE_LENGTH], held_on
    survey.save(update_fields=["title", "held_on"])


def _log(
    type: str,
    survey: Survey,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Any],
    *,
    reason: str = "",
    names: Sequence[str] = (),
) -> None:
    personal = {"reason": reason, "names": list(names)}
    event = record(
        type,
        actor,
        stream=f"survey:{survey.pk}",
        context=f"engagement:{survey.engagement_id}",
        data=data,
        personal={name: value for name, value in personal.items() if value},
        visibility=Visibility.PARTIES,
        now=now,
    )
    dispatch(Happening(event, survey, actor, dict(data), now))
