"""This room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import BigIntegerField
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.access import find
from accounts.models import Role
from accounts.rest.resources import StatefulResource
from advisors.models import Advisor
from engagements.rounds import selectors, services
from engagements.rounds.models import Offer, Side


class FitPartsSerializer(serializers.Serializer[Any]):
    expertise = serializers.IntegerField()
    preference = serializers.IntegerField()
    size = serializers.IntegerField()
    distance = serializers.IntegerField()
    continuity = serializers.IntegerField()


class FitSerializer(serializers.Serializer[Any]):
    """The fit on the day on which the advisor was asked."""

    total = serializers.IntegerField()
    mode = serializers.CharField(allow_blank=True)
    km = serializers.IntegerField(allow_null=True)
    parts = FitPartsSerializer()


class OfferSerializer(serializers.ModelSerializer[Offer]):
    """An offer. The fit is the office's; message, deadline and reasons are the office's and the advisor's.

    The town's reason is not the advisor's to read, the dispatch request is not the town's.
    """

    municipality = serializers.CharField(source="application.municipality_id", read_only=True)
    municipality_name = serializers.CharField(source="application.municipality.full_name", read_only=True)
    advisor_name = serializers.CharField(source="advisor.user.name", read_only=True)
    message = serializers.CharField(required=False)
    fit = FitSerializer(required=False)
    expires_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(required=False)

    declined_by = serializers.CharField(required=False)
    answer_due = serializers.DateField(required=False, allow_null=True)
    conditions = serializers.CharField(required=False)
    request_document = serializers.IntegerField(required=False, allow_null=True)
    request_hash = serializers.CharField(required=False)

    OFFICE: ClassVar[tuple[str, ...]] = ("fit",)
    BETWEEN: ClassVar[tuple[str, ...]] = ("message", "expires_at", "reason", "declined_by")
    LENT: ClassVar[tuple[str, ...]] = ("request_document", "request_hash")

    class Meta:
        model = Offer
        fields = (
            "id",
            "reference",
            "state",
            "application",
            "municipality",
            "municipality_name",
            "advisor",
            "advisor_name",
            "message",
            "fit",
            "sent_at",
            "expires_at",
            "reason",
            "declined_by",
            "answer_due",
            "conditions",
            "request_document",
            "request_hash",
        )

    def to_representation(self, instance: Offer) -> dict[str, Any]:
        actor = self.context["view"].actor
        shown: dict[str, Any] = super().to_representation(instance)
        if permissions.allows(actor, "offer.assign", instance):
            return shown
        own = instance.advisor.user_id == actor.user_id
        hidden = self.OFFICE if own else (*self.OFFICE, *self.BETWEEN)
        if own and instance.declined_by == Side.TOWN:
            hidden = (*hidden, "reason")
        if not own and instance.advisor.employer_id not in actor.scopes(Role.EMPLOYER, "municipality"):
            hidden = (*hidden, *self.LENT)
        return {name: value for name, value in shown.items() if name not in hidden}


class NewOfferSerializer(serializers.Serializer[Any]):
    """Whom to ask for which application; without ``expires_at`` the programme's days count."""

    application = serializers.IntegerField(max_value=BigIntegerField.MAX_BIGINT)
    advisor = serializers.IntegerField(max_value=BigIntegerField.MAX_BIGINT)
    message = serializers.CharField(required=False, allow_blank=True, max_length=services.MESSAGE_MAX)
    expires_at = serializers.DateTimeField(required=False)


class OfferViewSet(StatefulResource):
    """Offers to advisors, and their answers."""

    resource = "offer"
    queryset = selectors.offers()
    serializer_class = OfferSerializer
    filterset_fields: ClassVar[list[str]] = ["state", "application", "advisor"]
    search_fields: ClassVar[list[str]] = [
        "reference",
        "advisor__user__name",
        "application__municipality__name",
        "application__municipality__search_key",
    ]
    ordering_fields: ClassVar[list[str]] = ["sent_at", "expires_at", "id"]

    @extend_schema(request=NewOfferSerializer, responses={201: OfferSerializer})
    def create(self, request: Request) -> Response:
        """Ask an advisor. 409 while somebody else is asked, 422 with every reason why this one may not serve."""
        if not permissions.allows(self.actor, "offer.create", None):
            self.permission_denied(request)
        given = NewOfferSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = given.validated_data

        def work() -> tuple[int, Any]:
            made = services.offer(
                application=find(
                    self.actor, "offer.assign", selectors.applications(), pk=data["application"]
                ),
                advisor=find(self.actor, "advisor.view", Advisor.objects.all(), pk=data["advisor"]),
                actor=self.actor,
                message=data.get("message", ""),
                expires_at=data.get("expires_at"),
                now=timezone.now(),
            )
            return 201, dict(self.get_serializer(selectors.offers().get(pk=made.pk)).data)

        return self.once(request, work)


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("offers", OfferViewSet, basename="offer")
