"""Engagements and the log in the API."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.routers import DefaultRouter

from accounts.doers import doer_of, personal_of
from accounts.rest.moments import MomentRangeFilter
from accounts.rest.resources import Resource, StatefulResource
from engagements.journey import dossiers
from engagements.journey.models import Journey
from engagements.journey.selectors import is_office, visible_events
from engagements.journey.standing import Stage, Standing
from engagements.journey.waits import Wait
from engagements.models import EngagementState
from workflow.models import Event, Visibility


class StageSerializer(serializers.Serializer[Stage]):
    """Where it stands. ``notes``: what was recorded out of order, each with its reason."""

    code = serializers.CharField()
    name = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())


class TurnSerializer(serializers.Serializer[Wait]):
    """Whose turn it is, as pages say it to the caller: their own first. ``url`` is empty for who only waits."""

    role = serializers.CharField()
    who = serializers.CharField()
    mine = serializers.BooleanField()
    what = serializers.CharField()
    due = serializers.DateField(allow_null=True)
    url = serializers.CharField()


class EngagementSerializer(serializers.ModelSerializer[Journey]):
    stage = serializers.SerializerMethodField()
    turn = serializers.SerializerMethodField()
    municipality = serializers.CharField(source="municipality_id")
    prefecture = serializers.CharField(source="municipality.prefecture.name")
    programme_version = serializers.IntegerField(source="programme.version")

    class Meta:
        model = Journey
        fields = [
            "id",
            "reference",
            "municipality",
            "municipality_name",
            "prefecture",
            "fiscal_year",
            "programme_version",
            "state",
            "stage",
            "turn",
            "opened_at",
        ]

    def _standing(self, engagement: Journey) -> Standing:
        found: Standing = self.context["standings"][engagement.pk]
        return found

    @extend_schema_field(StageSerializer)
    def get_stage(self, engagement: Journey) -> Any:
        return StageSerializer(self._standing(engagement).stage).data

    @extend_schema_field(TurnSerializer(allow_null=True))
    def get_turn(self, engagement: Journey) -> Any:
        turn = self._standing(engagement).turn
        return TurnSerializer(turn).data if turn else None


class EngagementFilter(filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    state = filters.MultipleChoiceFilter(choices=EngagementState.choices)
    municipality = filters.CharFilter(field_name="municipality_id")

    class Meta:
        model = Journey
        fields = ["state", "fiscal_year", "municipality", "reference"]


class EngagementViewSet(StatefulResource):
    """The engagements that the caller may see, with their own state machine."""

    resource = "engagement"
    queryset = Journey.objects.select_related("municipality__prefecture", "programme")
    serializer_class = EngagementSerializer
    filterset_class = EngagementFilter
    search_fields = ["reference", "municipality_name", "municipality__search_key"]
    ordering_fields = ["opened_at", "reference", "fiscal_year"]

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Where each of the page's engagements stands, read together."""
        rows = (args[0] if kwargs.get("many") else args[:1]) if args else []
        found = dossiers.dossiers(rows, self.actor, timezone.localdate()) if rows else []
        standings = {row.engagement.pk: row.standing for row in found}
        given = kwargs.pop("context", None) or self.get_serializer_context()
        context = {**given, "standings": standings}
        return self.get_serializer_class()(*args, context=context, **kwargs)


class EventSerializer(serializers.ModelSerializer[Event]):
    """``canonical`` is the text that the hash covers; ``personal`` is what may be erased (null once it was)."""

    actor = serializers.CharField(source="actor_key")
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # the log's own word
    personal = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [
            "id",
            "stream",
            "position",
            "type",
            "context",
            "visibility",
            "occurred_at",
            "recorded_at",
            "actor",
            "data",
            "personal",
            "hash",
        ]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_data(self, event: Event) -> dict[str, Any]:
        return dict(json.loads(event.canonical)["data"])

    @extend_schema_field({"type": "object", "additionalProperties": True, "nullable": True})
    def get_personal(self, event: Event) -> dict[str, Any] | None:
        """Names of the office's people stay with the office."""
        content = personal_of(event)
        if not content:
            return None
        reader = self.context["request"]._request.actor
        return content | {"actor": doer_of(event, names_office=is_office(reader)).name}


class EventFilter(filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    type = filters.CharFilter(lookup_expr="startswith")
    visibility = filters.MultipleChoiceFilter(choices=Visibility.choices)
    recorded_at = MomentRangeFilter()

    class Meta:
        model = Event
        fields = ["context", "stream", "type", "visibility"]


class EventViewSet(Resource):
    """The log as far as the caller may read it; nothing here changes anything."""

    resource = "event"
    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    search_fields = ["type", "stream"]
    ordering_fields = ["recorded_at", "occurred_at"]

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return visible_events(self.actor)


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("engagements", EngagementViewSet, basename="engagement")
    router.register("events", EventViewSet, basename="event")
