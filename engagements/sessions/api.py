"""Sessions in the API: their meetings, what was logged, the checklist."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts.rest.resources import StatefulResource
from engagements.sessions import selectors, services
from engagements.sessions.models import Meeting, Session, SessionState


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    class Meta:
        model = Meeting
        fields = ["id", "title", "starts_at", "ends_at", "mode", "place"]


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
        ]

    @extend_schema_field(PreparationSerializer(many=True))
    def get_checklist(self, session: Session) -> list[dict[str, Any]]:
        rows = selectors.checklist(session)
        return [dict(PreparationSerializer(row).data) for row in rows]


class TickSerializer(serializers.Serializer[Any]):
    item = serializers.IntegerField()
    done = serializers.BooleanField(default=True)


class SessionFilter(filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    state = filters.MultipleChoiceFilter(choices=SessionState.choices)

    class Meta:
        model = Session
        fields = ["engagement", "state"]


class SessionViewSet(StatefulResource):
    """The sessions of the engagements that the caller may see."""

    resource = "session"
    queryset = selectors.complete()
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


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("sessions", SessionViewSet, basename="session")
