"""Surveys in the API: records in and out as ``madoguchi-survey/1``, and their measures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.db.models import BigIntegerField
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import access, limits
from accounts.rest.resources import Resource
from engagements.models import Engagement
from engagements.survey import intake, selectors, services
from engagements.survey.intake import read_document
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.views import as_file
from workflow.errors import BadInput
from workflow.incoming import Limits

#: Room in a request for what stands round the document.
FRAME_BYTES = 64 * 1024


class SurveySerializer(serializers.ModelSerializer[Survey]):
    version = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Survey
        fields = ["id", "reference", "engagement", "round", "title", "held_on", "version"]


class SurveyDetailSerializer(SurveySerializer):
    measures = serializers.SerializerMethodField()

    class Meta(SurveySerializer.Meta):
        fields = [*SurveySerializer.Meta.fields, "measures"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_measures(self, survey: Survey) -> dict[str, Any]:
        return selectors.measures(survey)


class VersionSerializer(serializers.ModelSerializer[SurveyVersion]):
    class Meta:
        model = SurveyVersion
        fields = ["survey", "number", "source", "reason", "created_at"]


class NewVersionSerializer(serializers.Serializer[Any]):
    document = serializers.JSONField(help_text="madoguchi-survey/1: an object, or a file in a multipart form")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=services.REASON_LENGTH)


class NewSurveySerializer(NewVersionSerializer):
    engagement = serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)


class SurveyViewSet(Resource):
    """Surveys; POST keeps the records of an engagement's survey, of the round that they name."""

    resource = "survey"
    queryset = Survey.objects.select_related("engagement").order_by("-pk")
    serializer_class = SurveySerializer
    filterset_fields = ("engagement", "round")
    search_fields = ("reference", "title")
    ordering_fields = ("held_on", "round")

    def get_queryset(self) -> Any:
        return selectors.with_version(super().get_queryset())

    def get_serializer_class(self) -> Any:
        return SurveyDetailSerializer if self.action == "retrieve" else SurveySerializer

    @property
    def limits(self) -> Limits:  # type: ignore[override]  # by the settings of today
        """Those of a file, with what stands round the document."""
        most = intake.limits()
        size = most.size + FRAME_BYTES
        return replace(most, size=size, depth=most.depth + 1, text=size)

    @extend_schema(request=NewSurveySerializer, responses={201: VersionSerializer})
    def create(self, request: Request) -> Response:
        data, reason = _sent(request)
        asked = str(_body(request).get("engagement", ""))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 16):
            raise BadInput({"engagement": [_("支援のidを整数で入れてください。")]})
        rows = Engagement.objects.select_related("municipality")
        engagement = access.find(self.actor, "engagement.view", rows, pk=int(asked))
        return self._keep(request, engagement, data, reason)

    @extend_schema(request=NewVersionSerializer, responses={201: VersionSerializer})
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, **kwargs: Any) -> Response:
        data, reason = _sent(request)
        survey = self.get_object()
        return self._keep(request, survey, data, reason)

    def _keep(self, request: Request, target: Engagement | Survey, data: bytes, reason: str) -> Response:
        def work() -> tuple[int, Any]:
            version = services.import_document(
                target, data, actor=self.actor, now=timezone.now(), reason=reason
            )
            return 201, dict(VersionSerializer(version).data)

        return self.once(request, work)

    @extend_schema(
        parameters=[OpenApiParameter("for", enum=["others"], description="others: as it may leave the town")],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def document(self, request: Request, **kwargs: Any) -> HttpResponse:
        limits.count_of(self.actor, "exports")
        others = request.query_params.get("for") == "others"
        survey = self.get_object()
        export = services.export_document(survey, actor=self.actor, now=timezone.now(), for_others=others)
        return as_file(export)

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, pagination_class=None)
    def measures(self, request: Request, **kwargs: Any) -> Response:
        return Response(selectors.measures(self.get_object()))


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise BadInput({"": [_("項目と値の組で送ってください。")]})
    return request.data


def _sent(request: Request) -> tuple[bytes, str]:
    """The document's bytes and the reason. Judged here, before anything is kept under an idempotency key."""
    body = _body(request)
    document = body.get("document")
    if document in (None, ""):
        raise BadInput({"document": [_("記録を入れてください。")]})
    data = document.read() if hasattr(document, "read") else _encoded(document)
    read_document(data)
    reason = serializers.CharField(allow_blank=True).run_validation(body.get("reason") or "")
    if hasattr(document, "seek"):
        document.seek(0)
    return data, reason


def _encoded(document: Any) -> bytes:
    return (document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)).encode()


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("surveys", SurveyViewSet, basename="survey")
