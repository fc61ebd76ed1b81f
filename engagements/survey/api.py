"""Surveys in the API: records in and out as ``madoguchi-survey/1``, and their measures."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import access, limits
from accounts.rest.resources import Resource
from engagements.models import Engagement
from engagements.survey import selectors, services
from engagements.survey.intake import FaultyDocument, TooLarge, read_document
from engagements.survey.measures import MESSAGES
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.views import as_file
from workflow.errors import BadInput

#: Room in a request for what stands round the document.
FRAME_BYTES = 64 * 1024


class DeepJSONParser(JSONParser):
    """JSON whose nesting nobody can read is a bad request, not a crash."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as refusal:
            raise exceptions.ParseError(MESSAGES["not_json"].format()) from refusal


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
    engagement = serializers.IntegerField()


class SurveyViewSet(Resource):
    """Surveys; POST keeps the records of an engagement's survey, of the round that they name."""

    resource = "survey"
    queryset = Survey.objects.select_related("engagement").order_by("-pk")
    serializer_class = SurveySerializer
    parser_classes = (DeepJSONParser, MultiPartParser)
    filterset_fields = ("engagement", "round")
    search_fields = ("reference", "title")
    ordering_fields = ("held_on", "round")

    def get_queryset(self) -> Any:
        return selectors.with_version(super().get_queryset())

    def get_serializer_class(self) -> Any:
        return SurveyDetailSerializer if self.action == "retrieve" else SurveySerializer

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """A body that is too large is refused before it is read."""
        self.too_large = int(request.META.get("CONTENT_LENGTH") or 0) > services.upload_limit() + FRAME_BYTES
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.too_large:
            raise TooLarge

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
        survey = self.get_object()
        data, reason = _sent(request)
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
    """Escaped, so that half a surrogate pair reaches the reader, who names it."""
    if isinstance(document, str):
        return document.encode("utf-8", "surrogatepass")
    try:
        return json.dumps(document).encode()
    except RecursionError as refusal:
        raise FaultyDocument([("$", MESSAGES["not_json"].format())]) from refusal


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("surveys", SurveyViewSet, basename="survey")
