"""This room in the API."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.rest.resources import Resource
from advisors import registering
from advisors.load import loads
from advisors.models import Advisor, Certification, Commission
from advisors.register_forms import RegisterForm
from advisors.registering import ACTION, Term
from advisors.selectors import certified_until, is_closed, roster
from advisors.vocabulary import FISCAL_MONTHS, TAGS
from workflow import authority
from workflow.errors import BadInput

_ROW = OpenApiParameter("row", int, OpenApiParameter.PATH, description="its id")


class CertificateSerializer(serializers.ModelSerializer[Certification]):
    """A certificate; ``number`` is empty where none was registered."""

    class Meta:
        model = Certification
        fields = ("id", "number", "valid_from", "valid_to")


class CommissionSerializer(serializers.ModelSerializer[Commission]):
    """委嘱 for a term."""

    class Meta:
        model = Commission
        fields = ("id", "valid_from", "valid_to")


class NewCertificateSerializer(serializers.Serializer[Any]):
    """A certificate for a term, both days counted."""

    number = serializers.CharField(max_length=40)
    certified_on = serializers.DateField()
    certified_until = serializers.DateField()


class NewCommissionSerializer(serializers.Serializer[Any]):
    """委嘱 for a term, both days counted."""

    commissioned_from = serializers.DateField()
    commissioned_to = serializers.DateField()


class NewAdvisorSerializer(NewCertificateSerializer):
    """A person with an account becomes an advisor. ``employer`` is a six-digit code; without ``months`` all of them."""

    email = serializers.EmailField(max_length=254)
    employer = serializers.CharField(max_length=6)
    section = serializers.CharField(max_length=120, required=False, allow_blank=True)
    commissioned_from = serializers.DateField(required=False, allow_null=True)
    commissioned_to = serializers.DateField(required=False, allow_null=True)
    tags = serializers.ListField(
        child=serializers.ChoiceField(choices=TAGS), required=False, max_length=len(TAGS)
    )
    months = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12), required=False, max_length=12
    )


class TakenBackSerializer(serializers.Serializer[Any]):
    """Why something that was registered is taken back."""

    reason = serializers.CharField(max_length=500)


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
    certificates = CertificateSerializer(source="certifications", many=True, read_only=True, required=False)
    commissions = CommissionSerializer(many=True, read_only=True, required=False)
    certified_until = serializers.SerializerMethodField()

    PRIVATE: ClassVar[tuple[str, ...]] = (
        "email",
        "max_km",
        "capacity",
        "load",
        "closed",
        "certified_until",
        "certificates",
        "commissions",
    )
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
            "certificates",
            "commissions",
        )

    def get_load(self, advisor: Advisor) -> int:
        taken: Counter[int] = self.context["loads"]
        return taken[advisor.pk]

    def get_closed(self, advisor: Advisor) -> bool:
        return is_closed(advisor, timezone.localdate())

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_certified_until(self, advisor: Advisor) -> str | None:
        until = certified_until(advisor, timezone.localdate())
        return until.isoformat() if until else None

    def to_representation(self, instance: Advisor) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if permissions.allows(self.context["view"].actor, "advisor.private", instance):
            return shown
        return {name: value for name, value in shown.items() if name not in self.PRIVATE}


class AdvisorViewSet(Resource):
    """Who can be asked to help."""

    resource = "advisor"
    queryset = roster().prefetch_related("commissions")
    serializer_class = AdvisorSerializer
    filterset_fields: ClassVar[list[str]] = ["employer", "seat", "mode"]
    search_fields: ClassVar[list[str]] = ["user__name", "section", "employer__name", "employer__search_key"]
    ordering_fields: ClassVar[list[str]] = ["employer", "id"]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "loads": loads(timezone.localdate())}

    def _advisor(self) -> Advisor:
        """The advisor whose papers the office registers. Nobody else gets as far as what was sent."""
        found: Advisor = self.get_object()
        authority.require(self.actor, ACTION, found)
        return found

    @extend_schema(request=NewAdvisorSerializer, responses={201: AdvisorSerializer})
    def create(self, request: Request) -> Response:
        """Register who is certified; the account has to be there already."""
        authority.require(self.actor, ACTION, None)
        form = RegisterForm(_as_typed(NewAdvisorSerializer, request))
        if not form.is_valid():
            raise BadInput({name: [str(text) for text in said] for name, said in form.errors.items()})

        def work() -> tuple[int, Any]:
            user, given = form.cleaned_data["email"], form.registration()
            made = registering.register(user, given, actor=self.actor, now=timezone.now())
            return 201, dict(self.get_serializer(self.get_queryset().get(pk=made.pk)).data)

        return self.once(request, work)

    @extend_schema(request=NewCertificateSerializer, responses={201: CertificateSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def certificates(self, request: Request, **kwargs: Any) -> Response:
        """Add a certificate, as at a renewal."""
        advisor = self._advisor()
        given = NewCertificateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        term = Term(given.validated_data["certified_on"], given.validated_data["certified_until"])

        def work() -> tuple[int, Any]:
            number = given.validated_data["number"]
            made = registering.certify(advisor, number, term, actor=self.actor, now=timezone.now())
            return 201, dict(CertificateSerializer(made).data)

        return self.once(request, work)

    @extend_schema(request=NewCommissionSerializer, responses={201: CommissionSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def commissions(self, request: Request, **kwargs: Any) -> Response:
        """Add a commission."""
        advisor = self._advisor()
        given = NewCommissionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        term = Term(given.validated_data["commissioned_from"], given.validated_data["commissioned_to"])

        def work() -> tuple[int, Any]:
            made = registering.commission(advisor, term, actor=self.actor, now=timezone.now())
            return 201, dict(CommissionSerializer(made).data)

        return self.once(request, work)

    @extend_schema(
        request=TakenBackSerializer, responses={200: AdvisorSerializer}, filters=False, parameters=[_ROW]
    )
    @action(detail=True, methods=["post"], url_path=r"certificates/(?P<row>[0-9]{1,17})/take-back")
    def take_back_certificate(self, request: Request, row: str, **kwargs: Any) -> Response:
        """Take back a certificate that was registered by mistake."""
        return self._take_back(request, self._advisor(), "certifications", row)

    @extend_schema(
        request=TakenBackSerializer, responses={200: AdvisorSerializer}, filters=False, parameters=[_ROW]
    )
    @action(detail=True, methods=["post"], url_path=r"commissions/(?P<row>[0-9]{1,17})/take-back")
    def take_back_commission(self, request: Request, row: str, **kwargs: Any) -> Response:
        """Take back a commission that was registered by mistake."""
        return self._take_back(request, self._advisor(), "commissions", row)

    def _take_back(self, request: Request, advisor: Advisor, kind: str, row: str) -> Response:
        given = TakenBackSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def work() -> tuple[int, Any]:
            held = get_object_or_404(getattr(advisor, kind), pk=row)
            reason = given.validated_data["reason"]
            registering.take_back(held, reason=reason, actor=self.actor, now=timezone.now())
            return 200, dict(self.get_serializer(self.get_object()).data)

        return self.once(request, work)


def _as_typed(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """What was sent, checked for its form, as the page's own form takes it."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return {"months": list(FISCAL_MONTHS), **given.validated_data}


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("advisors", AdvisorViewSet, basename="advisor")
