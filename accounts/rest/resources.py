"""Viewsets over the same door, permissions and selectors as the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import limits, permissions
from accounts.rest.bodies import LIMITS
from workflow import idempotency
from workflow.actors import Actor
from workflow.doors import Available, available, perform_typed, rules
from workflow.errors import BadInput
from workflow.incoming import Limits
from workflow.log import canonical_text
from workflow.transactions import in_transaction


class InputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.ListField(child=serializers.ListField())


class TransitionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    allowed = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    fields = InputSerializer(many=True)  # type: ignore[assignment]


class DoneSerializer(serializers.Serializer[Any]):
    event = serializers.IntegerField()
    state = serializers.CharField()


def describe(obj: Any, item: Available) -> dict[str, Any]:
    """One row of ``GET …/transitions/``."""
    return {
        "name": item.rule.name,
        "label": str(item.rule.label),
        "allowed": item.allowed,
        "reasons": item.reasons,
        "fields": [
            {
                "name": spec.name,
                "kind": str(spec.kind),
                "label": str(spec.label),
                "required": spec.required,
                "choices": [[value, str(label)] for value, label in spec.options(obj)],
            }
            for spec in item.rule.inputs
        ],
    }


class Resource(viewsets.ReadOnlyModelViewSet[Any]):
    """Reads one resource; ``resource`` is the first half of its actions in the permission table."""

    resource: ClassVar[str]
    limits: Limits = LIMITS

    @property
    def actor(self) -> Actor:
        return self.request._request.actor  # type: ignore[attr-defined, no-any-return]

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return permissions.visible(self.actor, f"{self.resource}.view", queryset).distinct()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who may is asked first, then the body is measured and read, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            request.data  # noqa: B018  # read here, so that what can't be taken costs no query

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not permissions.may_somewhere(self.actor, f"{self.resource}.view"):
            self.permission_denied(request)

    def once(self, request: Request, work: Callable[[], tuple[int, Any]]) -> Response:
        """Carry out a POST, or give again what the same ``Idempotency-Key`` got before."""
        if request.FILES:
            limits.count_of(self.actor, "imports")
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            status, body = in_transaction(work)
            return Response(body, status=status)
        if len(key) > 120:
            raise BadInput({"Idempotency-Key": [_("120字までにしてください。")]})
        content = f"{request.method} {request.path}\n{canonical_text(_content(request))}"
        fingerprint = hashlib.sha256(content.encode()).hexdigest()
        status, body = idempotency.once(self.actor.key, key, fingerprint, work)
        return Response(body, status=status)


def _content(request: Request) -> dict[str, Any]:
    """The body for a fingerprint; a file counts by its bytes."""
    found: dict[str, Any] = {}
    for name, value in request.data.items() if hasattr(request.data, "items") else [("", request.data)]:
        if hasattr(value, "chunks"):
            upload: Any = value
            found[name] = hashlib.sha256(b"".join(upload.chunks())).hexdigest()
            upload.seek(0)
        else:
            found[name] = value
    return found


def _occurred_at(data: dict[str, Any]) -> Any:
    raw = data.pop("occurred_at", None)
    if raw is None:
        return None
    try:
        moment = parse_datetime(str(raw))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput({"occurred_at": [_("2026-09-03T10:00:00+09:00 の形で入れてください。")]})
    return moment


class StatefulResource(Resource):
    """Adds the transitions of the resource's state machine."""

    def get_machine(self) -> type[Any]:
        return type(self).queryset.model  # type: ignore[union-attr]

    def stateful(self) -> Any:
        """The object under its machine's model (a proxy where the transitions sit on one)."""
        found = self.get_object()
        machine = self.get_machine()
        return found if isinstance(found, machine) else machine._base_manager.get(pk=found.pk)

    @extend_schema(responses=TransitionSerializer(many=True), filters=False)
    @action(detail=True, url_path="transitions", pagination_class=None)
    def transitions(self, request: Request, **kwargs: Any) -> Response:
        obj = self.stateful()
        return Response([describe(obj, item) for item in available(obj, self.actor)])

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=DoneSerializer,
        parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=r"transitions/(?P<name>[a-z_]+)")
    def transition(self, request: Request, name: str, **kwargs: Any) -> Response:
        obj = self.stateful()
        if name not in rules(type(obj)):
            raise Http404
        if not isinstance(request.data, dict):
            raise BadInput({"": [_("項目と値の組で送ってください。")]})
        limits.of_transition(f"{obj.machine}.{name}", self.actor)
        data = {str(k): v for k, v in request.data.items()}
        occurred_at = _occurred_at(data)

        def work() -> tuple[int, Any]:
            event = perform_typed(name, obj, self.actor, data, occurred_at=occurred_at)
            return 200, {"event": event.pk, "state": str(obj.state)}

        return self.once(request, work)
