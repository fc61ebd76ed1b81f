"""What a counter section (原課) is asked and what it says: its figures here, its replies beside the remarks."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import section_scope
from engagements.models import Engagement
from engagements.sections.workflow import SectionRequestWorkflow

MOST_CASES = 10_000_000
MOST_MINUTES = 1_440


class RequestState(models.TextChoices):
    ASKED = "asked", _("回答待ち")
    OVERDUE = "overdue", _("期限が過ぎた")
    ANSWERED = "answered", _("回答あり")
    ENTERED = "entered", _("町の担当が記入")
    WITHOUT = "without", _("回答なしで進めた")


OPEN = (RequestState.ASKED, RequestState.OVERDUE)


class RequestKind(models.TextChoices):
    COUNTER = "counter", _("窓口の気づきと件数")
    PROGRESS = "progress", _("四半期の進み具合")


class SectionRequest(SectionRequestWorkflow, models.Model):
    """One request to one counter section of an engagement's town, due on a day.

    ``section_ref`` is the id of the section's scope: ``033022/住民会計課`` with the folded name.
    ``period`` is the quarter of a progress request: ``2026-Q3`` is October to December of fiscal year 2026.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="section_requests")
    kind = models.CharField(max_length=10, choices=RequestKind.choices, default=RequestKind.COUNTER)
    period = models.CharField(max_length=7, blank=True)
    section = models.CharField(_("課"), max_length=120)
    section_ref = models.CharField(max_length=80, editable=False, db_index=True)
    state = FSMField(choices=RequestState.choices, default=RequestState.ASKED, protected=True)
    message = models.CharField(_("ひとこと"), max_length=500, blank=True)
    asked_at = models.DateTimeField()
    due_on = models.DateField(_("期限"))
    reminded_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(_("お名前"), max_length=80, blank=True)
    reason = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "section_ref", "kind", "period"],
                condition=Q(state__in=["asked", "overdue"]),
                name="section_request_one_open",
            ),
            models.UniqueConstraint(
                fields=["engagement", "section_ref", "period"],
                condition=~Q(period=""),
                name="section_request_once_a_quarter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.get_kind_display()}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps the reference of the section's scope."""
        scope = section_scope(self.engagement.municipality_id, self.section)
        self.section_ref = scope.removeprefix("section:")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def section_key(self) -> str:
        return self.section_ref.partition("/")[2]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}"

    def span_municipality(self) -> str:
        return self.engagement.municipality_id

    def get_absolute_url(self) -> str:
        return reverse("section-request", args=[self.pk])


class ProcedureFigure(models.Model):
    """How often a procedure comes to the counter in a year, and what it takes the staff; both may be unknown."""

    request = models.ForeignKey(SectionRequest, on_delete=models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("手続き"), max_length=200)
    yearly_volume = models.PositiveIntegerField(
        _("年間件数"), null=True, blank=True, validators=[MaxValueValidator(MOST_CASES)]
    )
    staff_minutes = models.PositiveIntegerField(
        _("職員の時間(1件あたり分)"), null=True, blank=True, validators=[MaxValueValidator(MOST_MINUTES)]
    )
    basis = models.CharField(_("出どころ"), max_length=200, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "name"], name="procedure_figure_once_a_request")
        ]

    def __str__(self) -> str:
        return self.name
