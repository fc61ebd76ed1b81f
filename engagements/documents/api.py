"""This room in the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import access, limits
from accounts.rest.resources import Resource
from engagements.documents import services
from engagements.documents.builders import builder_of, kinds
from engagements.documents.models import Document, DocumentKind
from engagements.documents.selectors import rows
from engagements.documents.views import serve
from workflow.errors import BadInput


class DocumentSerializer(serializers.ModelSerializer[Document]):
    municipality = serializers.CharField(source="municipality_id", allow_null=True)
    file_name = serializers.CharField(read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "kind",
            "subject",
            "version",
            "title",
            "municipality",
            "engagement",
            "progress",
            "sha256",
            "pages",
            "size",
            "fault",
            "requested_at",
            "issued_at",
            "file_name",
        ]


class RequestSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    subject = serializers.CharField(max_length=20)


class DocumentViewSet(Resource):
    """Documents; POST asks for the one of today's content."""

    resource = "document"
    queryset = rows().order_by("-pk")
    serializer_class = DocumentSerializer
    filterset_fields = ("kind", "subject", "municipality", "engagement", "progress")
    search_fields = ("title", "subject")
    ordering_fields = ("requested_at", "version")

    @extend_schema(request=RequestSerializer, responses={201: DocumentSerializer})
    def create(self, request: Request) -> Response:
        limits.count_of(self.actor, "documents")
        asked = RequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        kind = asked.validated_data["kind"]
        if kind not in kinds():
            raise BadInput({"kind": [_("この種類の文書はありません。")]})
        builder = builder_of(kind)
        subject = access.find(
            self.actor, builder.action, builder.subjects(), reference=asked.validated_data["subject"]
        )

        def work() -> tuple[int, Any]:
            made = services.request_document(kind, subject, actor=self.actor, now=timezone.now())
            return 201, DocumentSerializer(made).data

        return self.once(request, work)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def file(self, request: Request, **kwargs: Any) -> HttpResponse:
        return serve(self.get_object())


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("documents", DocumentViewSet, basename="document")
