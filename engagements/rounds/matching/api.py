"""Matching rounds in the API: the office's alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import BigIntegerField
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.access import find
from accounts.rest.resources import StatefulResource
from advisors.fit import PARTS
from advisors.models import Advisor
from engagements.applications.models import Application, Call
from engagements.rounds.matching import selectors, services
from engagements.rounds.matching.models import Adjustment, AdjustmentKind, Fairness, Round, Run

_BIGGEST = BigIntegerField.MAX_BIGINT


class RunSerializer(serializers.ModelSerializer[Run]):
    """A solving: its input's hash and the result, in the form of ``madoguchi-matching/1``."""

    class Meta:
        model = Run
        fields = ("number", "mode", "input_hash", "result", "left_out", "requested_at", "ended_at")


class RoundSerializer(serializers.ModelSerializer[Round]):
    proposal = RunSerializer(read_only=True, allow_null=True)
    in_force = serializers.SerializerMethodField(help_text="the number of the run that was published")

    class Meta:
        model = Round
        fields = (
            "id",
            "reference",
            "call",
            "title",
            "state",
            "starts_on",
            "ends_on",
            "months",
            "fairness",
            "weights",
            "max_leads",
            "proposal",
            "in_force",
        )

    def get_in_force(self, obj: Round) -> int | None:
        return obj.in_force.number if obj.in_force else None


class WeightsSerializer(serializers.Serializer[Any]):
    expertise = serializers.IntegerField(min_value=0, max_value=100)
    preference = serializers.IntegerField(min_value=0, max_value=100)
    size = serializers.IntegerField(min_value=0, max_value=100)
    distance = serializers.IntegerField(min_value=0, max_value=100)
    continuity = serializers.IntegerField(min_value=0, max_value=100)


class NewRoundSerializer(serializers.Serializer[Any]):
    """A round of a call. Months are calendar months; without ``max_leads`` there is no cap."""

    call = serializers.IntegerField(max_value=_BIGGEST)
    title = serializers.CharField(max_length=120)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    months = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12), min_length=1, max_length=12
    )
    fairness = serializers.ChoiceField(choices=Fairness.choices)
    weights = WeightsSerializer()
    max_leads = serializers.IntegerField(min_value=0, max_value=2000, required=False, allow_null=True)


class AdjustmentSerializer(serializers.ModelSerializer[Adjustment]):
    class Meta:
        model = Adjustment
        fields = ("id", "kind", "application", "advisor", "value", "reason", "made_at", "lifted_at")


class NewAdjustmentSerializer(serializers.Serializer[Any]):
    """What is decided by hand: ``application`` for a pair, ``value`` for a figure; the reason always."""

    kind = serializers.ChoiceField(choices=AdjustmentKind.choices)
    application = serializers.IntegerField(max_value=_BIGGEST, required=False, allow_null=True)
    advisor = serializers.IntegerField(max_value=_BIGGEST)
    value = serializers.IntegerField(min_value=0, max_value=99, required=False, allow_null=True)
    reason = serializers.CharField(max_length=300)


class RoundViewSet(StatefulResource):
    """Matching rounds with their proposal. ``solve`` is carried out by a worker: ask again until ``proposed``."""

    resource = "round"
    queryset = selectors.rounds()
    serializer_class = RoundSerializer
    filterset_fields: ClassVar[list[str]] = ["state", "call"]
    search_fields: ClassVar[list[str]] = ["reference", "title"]
    ordering_fields: ClassVar[list[str]] = ["created_at", "id"]

    @extend_schema(request=NewRoundSerializer, responses={201: RoundSerializer})
    def create(self, request: Request) -> Response:
        if not permissions.allows(self.actor, "round.create", None):
            self.permission_denied(request)
        given = NewRoundSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(given.validated_data)

        def work() -> tuple[int, Any]:
            call = find(self.actor, "call.view", Call.objects.all(), pk=data["call"])
            weights = {name: data["weights"][name] for name in PARTS}
            months = sorted(set(data["months"]))
            values = {"max_leads": None} | data | {"call": call, "weights": weights, "months": months}
            made = services.create_round(values, actor=self.actor, now=timezone.now())
            return 201, dict(self.get_serializer(made).data)

        return self.once(request, work)

    @extend_schema(request=NewAdjustmentSerializer, responses={201: AdjustmentSerializer}, filters=False)
    @action(detail=True, methods=["post"], url_path="adjustments")
    def adjust(self, request: Request, **kwargs: Any) -> Response:
        """Decide something by hand; the next ``solve`` keeps to it."""
        obj = self.get_object()
        given = NewAdjustmentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = given.validated_data

        def work() -> tuple[int, Any]:
            town = data.get("application")
            made = services.adjust(
                obj,
                data["kind"],
                advisor=find(self.actor, "advisor.view", Advisor.objects.all(), pk=data["advisor"]),
                application=find(self.actor, "application.view", Application.objects.all(), pk=town)
                if town is not None
                else None,
                value=data.get("value"),
                reason=data["reason"],
                actor=self.actor,
                now=timezone.now(),
            )
            return 201, dict(AdjustmentSerializer(made).data)

        return self.once(request, work)


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("rounds", RoundViewSet, basename="round")
