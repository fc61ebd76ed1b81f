"""Requests to counter sections in the API: what was asked, the figures, the steps."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers
from rest_framework.routers import DefaultRouter

from accounts.rest.resources import StatefulResource
from engagements.sections import selectors
from engagements.sections.models import ProcedureFigure, SectionRequest


class FigureSerializer(serializers.ModelSerializer[ProcedureFigure]):
    class Meta:
        model = ProcedureFigure
        fields: ClassVar[list[str]] = ["id", "name", "yearly_volume", "staff_minutes", "basis"]


class SectionRequestSerializer(serializers.ModelSerializer[SectionRequest]):
    figures = FigureSerializer(many=True, read_only=True)

    class Meta:
        model = SectionRequest
        fields: ClassVar[list[str]] = [
            "id",
            "engagement",
            "section",
            "kind",
            "period",
            "state",
            "asked_at",
            "due_on",
            "answered_at",
            "figures",
        ]


class SectionRequestViewSet(StatefulResource):
    """The requests that the caller may see: a section its own, the town's contact all of the town."""

    resource = "section_request"
    queryset = selectors.requests().order_by("-pk")
    serializer_class = SectionRequestSerializer
    filterset_fields: ClassVar[list[str]] = ["engagement", "state", "kind"]
    search_fields: ClassVar[list[str]] = ["section", "engagement__reference"]
    ordering_fields: ClassVar[list[str]] = ["due_on", "asked_at"]


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("section-requests", SectionRequestViewSet, basename="section-request-api")
