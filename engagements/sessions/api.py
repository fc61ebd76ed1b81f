"""Sessions in the API: their meetings, what was logged, the checklist."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.rest.resources import DoneSerializer, StatefulResource
from engagements.sessions import selectors, services
from engagements.sessions.models import Cost, DateOption, Guest, Meeting, Session, SessionState


class TeamSerializer(serializers.Serializer[Any]):
    team = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    people = serializers.IntegerField()


class GuestSerializer(serializers.ModelSerializer[Guest]):
    class Meta:
        model = Guest
        fields = ["municipality", "section", "name"]


class CostSerializer(serializers.ModelSerializer[Cost]):
    class Meta:
        model = Cost
        fields = ["kind", "amount", "payer", "note"]


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    teams = TeamSerializer(many=True)

    class Meta:
        model = Meeting
        fields = ["id", "title", "starts_at", "ends_at", "mode", "place", "teams"]


class DateOptionSerializer(serializers.ModelSerializer[DateOption]):
    """A day that one side keeps free until the end of ``held_until``, and what the other side says of it."""

    class Meta:
        model = DateOption
        fields = ["id", "side", "starts_at", "ends_at", "mode", "place", "held_until", "answer", "note"]


class AttendanceSerializer(serializers.Serializer[Any]):
    section = serializers.CharField()
    count = serializers.IntegerField()


class PreparationSerializer(serializers.Serializer[Any]):
    item = serializers.IntegerField()
    text = serializers.CharField()
    due = serializers.DateField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class SessionSerializer(serializers.ModelSerializer[Session]):
    number = serializers.IntegerField(source="kind.number")
    kind = serializers.CharField(source="kind.code")
    name = serializers.CharField(source="kind.name")
    meetings = MeetingSerializer(many=True, source="days")
    date_options = DateOptionSerializer(many=True, source="dates")
    guests = GuestSerializer(many=True)
    costs = CostSerializer(many=True, required=False)
    checklist = serializers.SerializerMethodField()
    log_attendance = AttendanceSerializer(many=True)

    class Meta:
        model = Session
        fields = [
            "id",
            "engagement",
            "number",
            "kind",
            "name",
            "state",
            "held_on",
            "meetings",
            "date_options",
            "guests",
            "costs",
            "checklist",
            "log_summary",
            "log_next_step",
            "log_next_by",
            "log_next_done_at",
            "log_hours",
            "log_attendance",
            "log_comment",
            "logged_at",
            "confirmed_at",
            "confirmed_by_silence",
        ]

    @extend_schema_field(PreparationSerializer(many=True))
    def get_checklist(self, session: Session) -> list[dict[str, Any]]:
        rows = selectors.checklist(session)
        return [dict(PreparationSerializer(row).data) for row in rows]

    def to_representation(self, instance: Session) -> dict[str, Any]:
        """``costs`` are missing where they are not the caller's to read."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not permissions.allows(self.context["view"].actor, "session.costs", instance):
            del shown["costs"]
        return shown


class TickSerializer(serializers.Serializer[Any]):
    item = serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)
    done = serializers.BooleanField(default=True)


class ChoiceSerializer(serializers.Serializer[Any]):
    option = serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)


class SessionFilter(filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    state = filters.MultipleChoiceFilter(choices=SessionState.choices)

    class Meta:
        model = Session
        fields = ["engagement", "state"]


class SessionViewSet(StatefulResource):
    """The sessions of the engagements that the caller may see."""

    resource = "session"
    queryset = selectors.complete().prefetch_related("guests", "costs")
    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    search_fields = ["engagement__reference", "engagement__municipality__search_key"]
    ordering_fields = ["held_on", "logged_at"]

    @extend_schema(request=TickSerializer, responses=PreparationSerializer(many=True), filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def tick(self, request: Request, **kwargs: Any) -> Response:
        """Mark one thing of the checklist as prepared, or take the mark back."""
        session = self.get_object()
        asked = TickSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        item, done = asked.validated_data["item"], asked.validated_data["done"]

        def work() -> tuple[int, Any]:
            if done:
                services.tick(session, item=item, actor=self.actor, now=timezone.now())
            else:
                services.untick(session, item=item, actor=self.actor)
            lines = selectors.checklist(selectors.complete().get(pk=session.pk))
            return 200, [dict(PreparationSerializer(line).data) for line in lines]

        return self.once(request, work)

    @extend_schema(request=ChoiceSerializer, responses=DoneSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="choose-date", pagination_class=None)
    def choose_date(self, request: Request, **kwargs: Any) -> Response:
        """Make a proposed date the meeting: 409 once the session has one, 422 for a date that is not open."""
        session = self.get_object()
        asked = ChoiceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)

        def work() -> tuple[int, Any]:
            event = services.choose_date(
                session, actor=self.actor, now=timezone.now(), **asked.validated_data
            )
            return 200, {"event": event.pk, "state": str(session.state)}

        return self.once(request, work)


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("sessions", SessionViewSet, basename="session")
