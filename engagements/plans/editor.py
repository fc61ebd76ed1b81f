"""What the plan's editor shows: the parts on the left, the page as it will print on the right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from engagements.plans import budget, effects, letters, selectors, services
from engagements.plans import comments as comment_reads
from engagements.plans.forms import FORMS, TextForm
from engagements.plans.models import BudgetDate, Decision, Kpi, Plan, PlanState, RoadmapItem
from engagements.plans.selectors import PlanContents
from engagements.plans.words import ANSWER_LABELS, VISION_EXAMPLES, thousands
from engagements.sections import selectors as sections
from workflow.actors import Actor
from workflow.doors import available, rules

#: Parts with rows of their own, by their name in addresses.
ROWS: dict[str, type[Any]] = {
    "decisions": Decision,
    "roadmap": RoadmapItem,
    "budget": BudgetDate,
    "kpis": Kpi,
}
PARTS = ("cover", "decisions", "vision", "now", "roadmap", "budget", "kpis", "people")
#: What a person most likely does next with a plan in this state; the first that is theirs is the main button.
MAIN = {
    "draft": ("request_review",),
    "in_review": ("give_back", "finalise"),
    "final": ("report", "choose_answering"),
    "reported": ("answer", "send_link", "resend_link"),
}
#: Their guards only tell which of the two fits: that is no news for the reader.
EITHER = frozenset({"send_link", "resend_link"})
#: What is usually recorded next about an answered decision.
NEXT = {
    "adopted": ("start", "note_progress"),
    "adopted_with_condition": ("start", "note_progress"),
    "deferred": ("note_progress",),
    "started": ("finish", "stop", "note_progress"),
    "done": ("resume",),
    "stopped": ("resume",),
}


def parts(contents: PlanContents) -> list[dict[str, Any]]:
    """The parts of the document in its order, each with how far it is."""
    gaps = sum(1 for question in contents.questions if not question.answered)
    told = [getattr(contents.plan, name) for name in services.PEOPLE_FIELDS]
    states = {
        "cover": (_("表紙"), bool(contents.plan.executive_title), _("まだ")),
        "decisions": (_("1 ご判断いただきたいこと"), not gaps, _("あと%(count)d項目") % {"count": gaps}),
        "vision": (_("2 ありたい窓口の姿"), bool(contents.plan.vision.strip()), _("まだ")),
        "now": (_("3 いまの窓口(調査の結果)"), contents.result is not None, _("まだ")),
        "roadmap": (_("4 工程表"), bool(contents.roadmap), _("まだ")),
        "budget": (_("予算の暦"), bool(contents.budget), _("標準の日")),
        "kpis": (_("5 効果の測り方と再調査"), bool(contents.kpis), _("まだ")),
        "people": (_("6 進め方と備え"), all(told), _("あと%(count)d項目") % {"count": told.count("")}),
    }
    return [
        {"name": name, "label": label, "done": done, "word": _("済み") if done else word}
        for name, (label, done, word) in states.items()
    ]


def may_edit(plan: Plan, actor: Actor) -> bool:
    return plan.state == PlanState.DRAFT and permissions.allows(actor, "plan.edit", plan)


def row_form(
    model: type[models.Model], contents: PlanContents, row: Any = None, data: Any = None, **initial: Any
) -> Any:
    """The form of one row; ``version`` of the row as it is stored goes with it."""
    form = FORMS[model](data, contents=contents, instance=row, initial=initial or None)
    form.row = row
    form.version = services.row_version(row)
    form.action = _action(model, contents.plan, row)
    return form


def _action(model: type[models.Model], plan: Plan, row: Any) -> str:
    part = next(name for name, kind in ROWS.items() if kind is model)
    return (
        reverse("plan-row", args=[plan.pk, part, row.pk])
        if row
        else reverse("plan-rows", args=[plan.pk, part])
    )


def actions(plan: Plan, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Buttons: what this person may do from here, the likeliest first; what has to happen before stands beside it."""
    wanted = MAIN.get(str(plan.state), ())
    found = [
        {
            "name": item.rule.name,
            "label": item.rule.label,
            "allowed": item.allowed,
            "unmet": item.unmet,
            "url": _address(plan, item.rule.name),
        }
        for item in available(plan, actor, now=now)
        if item.allowed or item.rule.name not in EITHER
    ]
    found.sort(key=lambda item: wanted.index(item["name"]) if item["name"] in wanted else len(wanted))
    if found and found[0]["name"] in wanted:
        found[0]["main"] = True
    return found


def _address(plan: Plan, name: str) -> str:
    if name == "answer":
        return reverse("plan-answer", args=[plan.pk])
    return reverse("transition", args=["plan", plan.pk, name])


def deeds(contents: PlanContents, actor: Actor) -> list[dict[str, Any]]:
    return deeds_of(contents.decisions, actor)


def deeds_of(views: list[selectors.DecisionView], actor: Actor) -> list[dict[str, Any]]:
    """What may be recorded about each decision once the plan is answered: by its state, without asking the guards."""
    known = rules(Decision)
    return [
        {
            "view": view,
            "adopted": view.row.state not in ("deferred", "rejected", "stopped"),
            "deeds": [
                known[name]
                for name in NEXT.get(str(view.row.state), ())
                if permissions.allows(actor, f"decision.{name}", view.row)
            ],
        }
        for view in views
    ]


def days_to_budget(contents: PlanContents, today: date) -> dict[str, Any]:
    day = budget.next_day(contents.budget, contents.plan.engagement.programme, today)
    return {"day": day, "days": (day - today).days}


def stated_for(row: Any) -> list[dict[str, Any]]:
    """What the owning section said of its procedures, with the staff's hours that follow; never the residents'."""
    if not isinstance(row, Decision) or not row.owner_section:
        return []
    found = sections.of_owner(sections.stated(row.plan.engagement_id), row.owner_section)
    return [{"said": item, "words": _stated_words(item)} for item in found]


def _stated_words(item: sections.Stated) -> str:
    """4,680件/年 × 4分 = 年312時間; what the section did not know is said."""
    hours = effects.staff_hours(item.yearly_volume, item.staff_minutes)
    volume = thousands(item.yearly_volume) if item.yearly_volume is not None else ""
    shown = {
        "volume": volume,
        "minutes": item.staff_minutes,
        "hours": thousands(hours.hours) if hours else "",
    }
    if hours:
        return _("%(volume)s件/年 × %(minutes)s分 = 年%(hours)s時間") % shown
    if volume:
        return _("%(volume)s件/年、1件あたりの時間はわからない") % shown
    return _("件数はわからない、1件あたり%(minutes)s分") % shown


def context(
    plan: Plan, actor: Actor, *, now: datetime, today: date, part: str, **more: Any
) -> dict[str, Any]:
    """Everything that the editor's template shows. A constant number of queries."""
    contents = more.pop("contents", None) or selectors.plan_contents(plan)
    editable = may_edit(plan, actor)
    row = getattr(more.get("form"), "row", None)
    shown = {
        "plan": plan,
        "contents": contents,
        "part": part,
        "parts": parts(contents),
        "editable": editable,
        "may_print": permissions.allows(actor, "plan.document", plan),
        "actions": actions(plan, actor, now),
        "deeds": deeds(contents, actor) if plan.state == PlanState.ANSWERED else [],
        "budget": days_to_budget(contents, today),
        "needs": selectors.needs(contents, today),
        "answered_count": sum(question.answered for question in contents.questions),
        "known_sections": selectors.known_sections(contents),
        "text_form": TextForm(instance=plan) if editable else None,
        "people": contents.people,
        "vision_examples": VISION_EXAMPLES,
        "baselines": selectors.baselines(contents.result),
        "moved_kpis": [(kpi.pk, said) for kpi in contents.kpis if (said := selectors.moved(contents, kpi))],
        "answer_labels": list(ANSWER_LABELS.items()),
        "town": letters.town_name(plan),
        "engagement_url": f"/engagements/{plan.engagement_id}/",
        "measured_word": _("実測"),
        "stated": stated_for(row) if part == "decisions" else [],
        "editing": next((view for view in contents.decisions if row and view.row.pk == row.pk), None),
    }
    return shown | comment_reads.shown(plan, part, actor) | more
