"""The workshop: thirty people on phones and a projector before one board, or one person alone.

Phones join by a code and PIN of the board's own, which open no record. They write notes and set dots; what becomes of a
note is decided on the contact's board. Everybody is told the same state, whole: it is small, and nobody can miss a part.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engagements.plans import board, evidence
from engagements.plans import services as plans
from engagements.plans.models import BoardNote, BoardVote, Decision, Issue, Plan, PlanState, Way
from engagements.survey import remarks
from engagements.survey import selectors as surveys
from engagements.survey.models import Recorder, RecorderDay
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import canonical_text
from workflow.transactions import atomic, in_transaction

Raw = Mapping[str, Any]
MOST_NOTES = 50
NOTE_LENGTH = 120


def plan_of_device(device: Recorder) -> Plan:
    """The plan of the engagement whose day the device joined. Raises Conflict while there is none."""
    engagement = device.day.survey.engagement_id
    found = Plan.objects.filter(engagement=engagement).order_by("number").last()
    if found is None:
        raise Conflict(_("計画書がまだありません。町の担当が書き始めると、板が開きます。"))
    return found


def day_of_plan(plan: Plan) -> RecorderDay | None:
    """The door by which phones join this plan's board: that of the engagement's latest survey that has one."""
    days = RecorderDay.objects.filter(
        survey__engagement=plan.engagement_id, purpose=RecorderDay.Purpose.BOARD
    )
    return days.select_related("survey__engagement").order_by("-survey__round").first()


def exchange(device: Recorder, body: Raw, *, now: datetime) -> dict[str, Any]:
    """Keep what a phone sends and tell the board as it then is; ``same`` where the phone knows it already.

    ``notes``: uid, text, issue (an id or null), way; ``gone``: uids of own notes taken back; ``votes``: issue id → bool.
    Raises Conflict while the plan is no draft, BadInput for what no phone of ours sends; then nothing is kept.
    """
    plan = plan_of_device(device)
    notes, votes = _notes(body.get("notes")), _votes(body.get("votes"))
    gone = _uids(body.get("gone"))
    if notes or votes or gone:
        in_transaction(lambda: _keep(plan, device, notes, votes, gone, now))
    told = state(plan) | {"mine": _mine(plan, device)}
    mark = hashlib.sha256(canonical_text(told).encode()).hexdigest()[:16]
    return {"same": True} if body.get("mark") == mark else told | {"mark": mark}


def _notes(sent: Any) -> list[dict[str, Any]]:
    refused = BadInput({"notes": [_("読み取れない付せんがあります。ページを開き直してください。")]})
    if not isinstance(sent or [], list) or len(sent or []) > MOST_NOTES:
        raise refused
    found = []
    for note in sent or []:
        if not isinstance(note, dict):
            raise refused
        uid, text = note.get("uid"), note.get("text")
        if (
            not isinstance(uid, str)
            or not 0 < len(uid) <= 40
            or not isinstance(text, str)
            or "\x00" in text + uid
        ):
            raise refused
        issue = note.get("issue")
        found.append(
            {
                "uid": uid,
                "text": " ".join(text.split())[:NOTE_LENGTH],
                "issue": issue if isinstance(issue, int) and not isinstance(issue, bool) else None,
                "way": note.get("way") if note.get("way") in Way.values else "",
            }
        )
    return [note for note in found if note["text"]]


def _uids(sent: Any) -> list[str]:
    return [uid for uid in sent if isinstance(uid, str)][:MOST_NOTES] if isinstance(sent, list) else []


def _votes(sent: Any) -> dict[int, bool]:
    pairs = sent.items() if isinstance(sent, dict) else ()
    return {
        int(key): value is True
        for key, value in pairs
        if str(key).isascii() and str(key).isdigit() and len(str(key)) < 10
    }


def _keep(
    plan: Plan,
    device: Recorder,
    notes: list[dict[str, Any]],
    votes: dict[int, bool],
    gone: list[str],
    now: datetime,
) -> None:
    fresh = Plan.objects.select_for_update().get(pk=plan.pk)
    if fresh.state != PlanState.DRAFT:
        raise Conflict(_("計画書は下書きではなくなりました。付せんはもう足せません。"))
    issues = set(Issue.objects.filter(plan=plan).values_list("pk", flat=True))
    rows = [
        BoardNote(
            plan=plan,
            writer=device,
            uid=note["uid"],
            text=note["text"],
            issue_id=note["issue"] if note["issue"] in issues else None,
            way=note["way"] if note["issue"] in issues else "",
            written_at=now,
        )
        for note in notes
    ]
    BoardNote.objects.bulk_create(rows, ignore_conflicts=True)
    BoardNote.objects.filter(plan=plan, writer=device, uid__in=gone, closed_at=None).update(closed_at=now)
    set_ = [BoardVote(issue_id=pk, voter=device) for pk, wanted in votes.items() if wanted and pk in issues]
    BoardVote.objects.bulk_create(set_, ignore_conflicts=True)
    BoardVote.objects.filter(
        voter=device, issue__in=[pk for pk, wanted in votes.items() if not wanted]
    ).delete()


def state(plan: Plan) -> dict[str, Any]:
    """The board as everybody may see it: no remark that its section was not shown yet. A constant number of queries."""
    ways = dict(Way.choices)
    decisions: dict[int | None, list[Any]] = {}
    for row in Decision.objects.filter(plan=plan):
        decisions.setdefault(row.issue_id, []).append({"way": str(row.get_way_display()), "title": row.title})
    notes: dict[int | None, list[Any]] = {}
    for note in open_notes(plan):
        said = {
            "uid": note.uid,
            "text": note.text,
            "way": str(ways.get(note.way, "")),
            "by": note.writer.name,
        }
        notes.setdefault(note.issue_id, []).append(said)
    votes = Counter(BoardVote.objects.filter(issue__plan=plan).values_list("issue_id", flat=True))
    issues = [
        {
            "id": issue.pk,
            "title": issue.title,
            "heading": issue.heading,
            "votes": votes[issue.pk],
            "remarks": len(issue.evidence.all()),
            "decisions": decisions.get(issue.pk, []),
            "notes": notes.get(issue.pk, []),
        }
        for issue in Issue.objects.filter(plan=plan).prefetch_related("evidence")
    ]
    return {
        "vision": plan.vision,
        "open": plan.state == PlanState.DRAFT,
        "issues": issues,
        "notes": notes.get(None, []),
        "remarks": _open_remarks(plan),
    }


def _open_remarks(plan: Plan) -> list[str]:
    """Words of the remarks that everybody may read."""
    result = evidence.result_of(plan.engagement_id)
    if result is None:
        return []
    noted = remarks.noted(result.survey, surveys.observations(result.document))
    return [item.text for item in noted if remarks.is_open(item)]


def _mine(plan: Plan, device: Recorder) -> dict[str, Any]:
    votes = BoardVote.objects.filter(issue__plan=plan, voter=device)
    notes = BoardNote.objects.filter(plan=plan, writer=device, closed_at=None)
    return {
        "votes": sorted(votes.values_list("issue_id", flat=True)),
        "notes": list(notes.order_by("pk").values_list("uid", flat=True)),
    }


def open_notes(plan: Plan) -> Any:
    """Notes on the board, with their writers. One query."""
    return BoardNote.objects.filter(plan=plan, closed_at=None).select_related("writer")


@atomic
def adopt(plan: Plan, *, actor: Actor, now: datetime, pk: int) -> Issue | Decision:
    """A note becomes part of the plan: an idea a decision of its issue, any other an issue. Raises BadInput."""
    fresh = plans.open_draft(plan, actor)
    note = _open_note(fresh, pk)
    made: Issue | Decision
    if note.issue is not None:
        values = {"issue": note.issue, "way": note.way or Way.SIMPLIFY, "title": note.text}
        made = plans.save_row(Decision, fresh, actor=actor, now=now, values=values)
    else:
        made = board.create_issue(fresh, actor=actor, now=now, title=note.text, paths=[])
    BoardNote.objects.filter(pk=note.pk).update(closed_at=now)
    return made


@atomic
def put_aside(plan: Plan, *, actor: Actor, now: datetime, pk: int) -> None:
    """A note leaves the board without becoming anything."""
    note = _open_note(plans.open_draft(plan, actor), pk)
    BoardNote.objects.filter(pk=note.pk).update(closed_at=now)


def _open_note(plan: Plan, pk: int) -> BoardNote:
    found = BoardNote.objects.filter(plan=plan, pk=pk, closed_at=None).select_related("issue").first()
    if found is None:
        raise BadInput({"": [_("この付せんはもうありません。画面を開き直してください。")]})
    return found
