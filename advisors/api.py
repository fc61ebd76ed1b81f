"""This room in the API."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.rest.resources import Resource
from advisors.load import loads
from advisors.models import Advisor
from advisors.selectors import certified_until, is_closed, roster


class AdvisorSerializer(serializers.ModelSerializer[Advisor]):
    """An advisor; contact, limits and load are left out for everybody but the office and the person."""

    name = serializers.CharField(source="user.name")
    employer = serializers.CharField(source="employer_id")
    employer_name = serializers.CharField(source="employer.full_name")
    tags = serializers.ListField(child=serializers.CharField())
    months = serializers.ListField(child=serializers.IntegerField())
    email = serializers.EmailField(source="user.email", required=False)
    max_km = serializers.IntegerField(required=False)
    capacity = serializers.IntegerField(required=False)
    load = serializers.SerializerMethodField()
    closed = serializers.SerializerMethodField()
    certified_until = serializers.SerializerMethodField()

    PRIVATE: ClassVar[tuple[str, ...]] = ("email", "max_km", "capacity", "load", "closed", "certified_until")
    SOMETIMES: ClassVar[tuple[str, ...]] = PRIVATE

    class Meta:
        model = Advisor
        fields = (
            "id",
            "name",
            "employer",
            "employer_name",
            "section",
            "seat",
            "introduction",
            "tags",
            "months",
            "mode",
            "email",
            "max_km",
            "capacity",
            "load",
            "closed",
            "certified_until",
        )

    def get_load(self, advisor: Advisor) -> int:
        taken: Counter[int] = self.context["loads"]
        return taken[advisor.pk]

    def get_closed(self, advisor: Advisor) -> bool:
        return is_closed(advisor, timezone.localdate())

    def get_certified_until(self, advisor: Advisor) -> date | None:
        return certified_until(advisor, timezone.localdate())

    def to_representation(self, instance: Advisor) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if permissions.allows(self.context["view"].actor, "advisor.private", instance):
            return shown
        return {name: value for name, value in shown.items() if name not in self.PRIVATE}


class AdvisorViewSet(Resource):
    """Who can be asked to help."""

    resource = "advisor"
    queryset = roster()
    serializer_class = AdvisorSerializer
    filterset_fields: ClassVar[list[str]] = ["employer", "seat", "mode"]
    search_fields: ClassVar[list[str]] = ["user__name", "section", "employer__name", "employer__search_key"]
    ordering_fields: ClassVar[list[str]] = ["employer", "id"]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "loads": loads(timezone.localdate())}


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("advisors", AdvisorViewSet, basename="advisor")
