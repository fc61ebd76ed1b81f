"""Plans and decisions in the API. A client alone can build a plan, have it answered and follow its decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts.access import find
from accounts.rest.problems import problem
from accounts.rest.resources import StatefulResource
from engagements.models import Engagement
from engagements.plans import contents, selectors, services
from engagements.plans.models import BudgetDate, Decision, Kpi, Plan, RoadmapItem
from engagements.plans.selectors import DecisionView, IssueView
from engagements.plans.words import MEASURE_LABELS
from workflow import authority
from workflow.errors import BadInput

#: Of one kind in one plan, and the letters of a name by which rows of one document refer to each other.
MOST_ROWS, KEY_LENGTH = 200, 80
DECISION_FIELDS = [name for name in services.ROW_FIELDS[Decision] if name != "issue"]


class EffectSerializer(serializers.Serializer[Any]):
    """Residents' figures are for one visit, in the unit that people read; staff's are hours a year. Never added."""

    baseline = serializers.IntegerField(source="claim.baseline", default=None, allow_null=True)
    promised = serializers.IntegerField(source="claim.promised", default=None, allow_null=True)
    complete_routes = serializers.IntegerField(source="claim.routes", default=None, allow_null=True)
    resident_hours = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    resident_formula = serializers.CharField()
    staff_hours = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    staff_formula = serializers.CharField()


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    engagement = serializers.IntegerField(source="plan.engagement_id", read_only=True)
    municipality = serializers.CharField(source="plan.engagement.municipality_id", read_only=True)

    class Meta:
        model = Decision
        fields = [
            "id",
            "plan",
            "engagement",
            "municipality",
            "state",
            "position",
            "issue",
            *DECISION_FIELDS,
            "condition",
            "condition_owner",
            "condition_by",
        ]


class DecisionViewSerializer(serializers.Serializer[DecisionView]):
    number = serializers.IntegerField()
    decision = DecisionSerializer(source="row")
    effect = EffectSerializer()


class EvidenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    survey = serializers.IntegerField(source="survey_id")
    path = serializers.CharField()
    text = serializers.CharField()
    counter = serializers.CharField()


class IssueViewSerializer(serializers.Serializer[IssueView]):
    id = serializers.IntegerField(source="row.pk")
    title = serializers.CharField(source="row.title")
    text = serializers.CharField(source="row.text")
    heading = serializers.CharField(source="row.heading")
    evidence = EvidenceSerializer(many=True)


class RoadmapSerializer(serializers.ModelSerializer[RoadmapItem]):
    class Meta:
        model = RoadmapItem
        fields = ["id", *services.ROW_FIELDS[RoadmapItem]]


class BudgetSerializer(serializers.ModelSerializer[BudgetDate]):
    class Meta:
        model = BudgetDate
        fields = ["id", *services.ROW_FIELDS[BudgetDate]]


class KpiSerializer(serializers.ModelSerializer[Kpi]):
    class Meta:
        model = Kpi
        fields = ["id", *services.ROW_FIELDS[Kpi]]


class PlanSerializer(serializers.ModelSerializer[Plan]):
    SOMETIMES = ("executive_email",)

    executive_email = serializers.CharField(help_text="empty where nobody is to be asked by mail")
    municipality = serializers.CharField(source="engagement.municipality_id", read_only=True)

    class Meta:
        model = Plan
        fields = [
            "id",
            "reference",
            "engagement",
            "municipality",
            "number",
            "state",
            "revision",
            *services.TEXT_FIELDS,
            "review_comment",
            "issued_document",
            "issued_hash",
            "reported_at",
            "answered_at",
            "answered_by",
            "answered_hash",
        ]

    def to_representation(self, plan: Plan) -> dict[str, Any]:
        shown = super().to_representation(plan)
        actor = self.context["actor"]
        if not authority.allows(actor, "plan.executive_email", plan):
            del shown["executive_email"]
        return shown


class PlanDetailSerializer(PlanSerializer):
    issues = IssueViewSerializer(many=True, source="contents.issues", read_only=True)
    decisions = DecisionViewSerializer(many=True, source="contents.decisions", read_only=True)
    roadmap = RoadmapSerializer(many=True, source="contents.roadmap", read_only=True)
    budget = BudgetSerializer(many=True, source="contents.budget", read_only=True)
    kpis = KpiSerializer(many=True, source="contents.kpis", read_only=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), source="contents.warnings", read_only=True
    )

    class Meta(PlanSerializer.Meta):
        rows = ["issues", "decisions", "roadmap", "budget", "kpis"]
        fields = [*PlanSerializer.Meta.fields, *rows, "warnings"]


class BeginSerializer(serializers.Serializer[Any]):
    engagement = serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)


class TextSerializer(serializers.ModelSerializer[Plan]):
    """``version`` is the ``revision`` that the client read last."""

    version = serializers.IntegerField(min_value=0, max_value=BigIntegerField.MAX_BIGINT)

    class Meta:
        model = Plan
        fields = ["version", *services.TEXT_FIELDS]


class IssueInSerializer(serializers.Serializer[Any]):
    """``evidence``: paths of observations in the survey's records."""

    key = serializers.CharField(required=False, max_length=KEY_LENGTH)
    title = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    heading = serializers.CharField(max_length=40, required=False, allow_blank=True)
    evidence = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=MOST_ROWS
    )


class DecisionInSerializer(serializers.ModelSerializer[Decision]):
    """``id`` keeps a decision that exists; ``issue`` is the key of an issue in the same document."""

    id = serializers.IntegerField(required=False, min_value=1, max_value=BigIntegerField.MAX_BIGINT)
    key = serializers.CharField(required=False, max_length=KEY_LENGTH)
    issue = serializers.CharField(required=False, allow_blank=True, max_length=KEY_LENGTH)
    measure = serializers.ChoiceField(choices=list(MEASURE_LABELS), required=False, allow_blank=True)

    class Meta:
        model = Decision
        fields = ["id", "key", "issue", *DECISION_FIELDS]


class RoadmapInSerializer(serializers.ModelSerializer[RoadmapItem]):
    """``decision`` is the key of a decision in the same document."""

    decision = serializers.CharField(required=False, allow_blank=True, max_length=KEY_LENGTH)

    class Meta:
        model = RoadmapItem
        fields = list(services.ROW_FIELDS[RoadmapItem])


class BudgetInSerializer(serializers.ModelSerializer[BudgetDate]):
    class Meta:
        model = BudgetDate
        fields = list(services.ROW_FIELDS[BudgetDate])


class KpiInSerializer(serializers.ModelSerializer[Kpi]):
    """With scenario and measure of the survey, unit and baseline come from there."""

    class Meta:
        model = Kpi
        fields = list(services.ROW_FIELDS[Kpi])
        extra_kwargs = {"unit": {"required": False}, "baseline": {"required": False}}


def _rows(of: Any) -> Any:
    """A list of these, or none."""
    return of(many=True, required=False, max_length=MOST_ROWS)


class ContentsSerializer(serializers.ModelSerializer[Plan]):
    """A whole plan. Lists that are absent are empty; text that is absent stays as it is."""

    issues = _rows(IssueInSerializer)
    decisions = _rows(DecisionInSerializer)
    roadmap = _rows(RoadmapInSerializer)
    budget = _rows(BudgetInSerializer)
    kpis = _rows(KpiInSerializer)

    class Meta:
        model = Plan
        fields = [*services.TEXT_FIELDS, "issues", "decisions", "roadmap", "budget", "kpis"]


def faults_of(errors: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """The errors of nested serializers under one path each: ``decisions[2].start_on``."""
    if isinstance(errors, dict):
        for name, value in errors.items():
            place = f"[{name}]" if isinstance(name, int) else "" if name == "non_field_errors" else f".{name}"
            yield from faults_of(value, f"{path}{place}".removeprefix("."))
    elif errors and all(isinstance(item, str) for item in errors):
        yield path, [str(item) for item in errors]
    else:
        for number, item in enumerate(errors):
            yield from faults_of(item, f"{path}[{number}]")


def cleaned(serializer: serializers.Serializer[Any]) -> Any:
    """Raises ``BadInput`` with a sentence a path."""
    if not serializer.is_valid():
        raise BadInput(dict(faults_of(serializer.errors)))
    return serializer.validated_data


class PlanViewSet(StatefulResource):
    """Reform plans; ``contents`` puts a whole plan in the place of the draft's, all of it or nothing."""

    resource = "plan"
    queryset = Plan.objects.select_related("engagement").order_by("-pk")
    filterset_fields = ("engagement", "state", "number")
    search_fields = ("reference", "vision")
    ordering_fields = ("number", "reported_at", "answered_at")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return PlanSerializer if self.action == "list" else PlanDetailSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "actor": self.actor}

    def shown(self, plan: Plan) -> dict[str, Any]:
        """The plan as ``retrieve`` answers it, with what stands in it."""
        plan.contents = selectors.plan_contents(plan, self.actor)  # type: ignore[attr-defined]
        return dict(PlanDetailSerializer(plan, context=self.get_serializer_context()).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.shown(self.get_object()))

    @extend_schema(request=BeginSerializer, responses={201: PlanDetailSerializer})
    def create(self, request: Request) -> Response:
        asked = cleaned(BeginSerializer(data=request.data))["engagement"]
        engagement = find(self.actor, "engagement.view", Engagement.objects.all(), pk=asked)

        def work() -> tuple[int, Any]:
            plan = services.begin_plan(engagement, actor=self.actor, now=timezone.now())
            return 201, self.shown(plan)

        return self.once(request, work)

    @extend_schema(request=TextSerializer, responses=PlanDetailSerializer)
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, **kwargs: Any) -> Response:
        """Save text fields. 409 with ``conflict`` when another version was saved meanwhile."""
        plan = self.get_object()
        values = dict(cleaned(TextSerializer(data=request.data)))
        version = values.pop("version")

        def work() -> tuple[int, Any]:
            now = timezone.now()
            saved = services.save_text(plan, actor=self.actor, now=now, version=version, values=values)
            return 200, self.shown(saved)

        try:
            return self.once(request, work)
        except services.StaleText as error:
            theirs = {name: getattr(error.plan, name) for name in error.fields}
            return problem(409, str(error), conflict=theirs, version=error.plan.revision)

    @extend_schema(request=ContentsSerializer, responses=PlanDetailSerializer)
    @action(detail=True, methods=["post"], url_path="contents")
    def replace(self, request: Request, **kwargs: Any) -> Response:
        plan = self.get_object()
        values = cleaned(ContentsSerializer(data=request.data))

        def work() -> tuple[int, Any]:
            now = timezone.now()
            saved = contents.replace_contents(plan, actor=self.actor, now=now, contents=values)
            return 200, self.shown(saved)

        return self.once(request, work)


class DecisionViewSet(StatefulResource):
    """Decisions of the plans that the caller may see. Answers to them come with the answer to their plan."""

    resource = "decision"
    queryset = Decision.objects.select_related("plan__engagement").order_by("-pk")
    serializer_class = DecisionSerializer
    filterset_fields = ("plan", "state", "way", "owner_section")
    search_fields = ("title", "owner_section")
    ordering_fields = ("start_on", "position")


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("plans", PlanViewSet, basename="plan")
    router.register("decisions", DecisionViewSet, basename="decision")
