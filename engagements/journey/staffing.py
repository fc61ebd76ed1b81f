"""Who advises in an engagement: ending one lead's role and beginning another's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.load import loads
from engagements.journey.letters import lead_takes_over
from workflow import Mail, Step, Unmet


def _roles(engagement: Any) -> QuerySet[Any]:
    roles = apps.get_model("engagements", "EngagementRole")._base_manager
    return roles.filter(engagement=engagement.pk, role="advisor")


def _advisors() -> QuerySet[Any]:
    return apps.get_model("advisors", "Advisor")._base_manager.all()


def _last_lead(engagement: Any) -> Any:
    return _roles(engagement).order_by("-valid_from", "-pk").first()


def advisor_rows(engagement: Any) -> QuerySet[Any]:
    """Every advisor: the appointment of one waits for whoever counts places."""
    return _advisors()


def last_lead_rows(engagement: Any) -> QuerySet[Any]:
    return _advisors().filter(user__in=_roles(engagement).values("user"))


def end_lead(engagement: Any, today: date) -> list[int]:
    """End the lead's role with this day; the users whose role ended."""
    running = _roles(engagement).filter(valid_to=None)
    users = list(running.values_list("user", flat=True))
    running.update(valid_to=today)
    return users


def restore_lead(engagement: Any) -> int | None:
    """The last lead goes on as if the role had never ended."""
    last = _last_lead(engagement)
    if last is None:
        return None
    last.valid_to = None
    last.save(update_fields=["valid_to"])
    return int(last.user_id)


def _last_lead_has_place(engagement: Any, now: datetime) -> bool:
    last = _last_lead(engagement)
    advisor = None if last is None else _advisors().filter(user=last.user_id, user__is_active=True).first()
    return advisor is not None and _has_place(advisor, timezone.localdate(now))


def lead_has_place_again(engagement: Any, now: datetime) -> Unmet | None:
    """An agreed engagement takes no place; back before the agreement it takes one."""
    if _last_lead_has_place(engagement, now):
        return None
    sentence = _("アドバイザーに空きがないため、合意の前に戻せません。先に受け持てる数をご相談ください。")
    return Unmet(sentence, "/advisors/")


def is_applied_for(engagement: Any, now: datetime) -> Unmet | None:
    """After the advisor's confirmation was taken back, the application waits for another advisor, or has one."""
    applications = apps.get_model("engagement_applications", "Application")._base_manager
    known = applications.filter(municipality=engagement.municipality_id)
    if known.filter(engagement=engagement.pk).exists() or not known.exists():
        return None
    return Unmet(_("アドバイザーの決定が取り消されています。町の申込から、もう一度打診してください。"))


def last_lead_is_free(engagement: Any, now: datetime) -> Unmet | None:
    """The place may have been given to another town meanwhile."""
    if _last_lead_has_place(engagement, now):
        return None
    return Unmet(_("前のアドバイザーには空きがありません。次のアドバイザーを決めてください。"), "/advisors/")


def _has_place(advisor: Any, today: date) -> bool:
    return bool(loads(today, [advisor.pk])[advisor.pk] < advisor.capacity)


def _eligible(engagement: Any, today: date) -> QuerySet[Any]:
    """Who may serve this town, places aside: certified today, not its employee, no conflict of interest."""
    certified = Q(certifications__valid_from__lte=today, certifications__valid_to__gte=today)
    allowed = _advisors().filter(certified, seat="lead", user__is_active=True)
    return allowed.exclude(employer=engagement.municipality_id).exclude(
        conflicts__municipality=engagement.municipality_id
    )


def candidates(engagement: Any) -> list[tuple[str, Any]]:
    """Who may be chosen as the next lead, by name; the one who just left is left out."""
    if engagement is None:
        return []
    today, last = timezone.localdate(), _last_lead(engagement)
    found = _eligible(engagement, today).exclude(user=last.user_id if last else None)
    rows = found.select_related("user", "employer__prefecture").order_by("user__name", "pk").distinct()
    taken = loads(today)
    return [
        (str(row.pk), f"{row.user.name}({row.employer.full_name})")
        for row in rows
        if taken[row.pk] < row.capacity
    ]


def advisor_may_serve(engagement: Any, step: Step) -> Mapping[str, Any] | None:
    """Asked again under the lock: another town may have taken the last place."""
    advisor = _eligible(engagement, step.today()).filter(pk=int(step.data["advisor"])).first()
    if advisor is None or not _has_place(advisor, step.today()):
        return {"advisor": _("この方はいま受けられません。ほかの方を選んでください。")}
    return None


def appoint(engagement: Any, advisor: int, today: date) -> None:
    user = _advisors().get(pk=advisor).user_id
    _roles(engagement).create(engagement_id=engagement.pk, user_id=user, role="advisor", valid_from=today)


def tell_new_lead(engagement: Any, step: Step, event: Any) -> list[Mail]:
    user = _advisors().select_related("user").get(pk=int(step.data["advisor"])).user
    return lead_takes_over(engagement, user)
