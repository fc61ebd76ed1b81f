"""The registry in the API: read by everybody who is signed in. It stands here because the registry knows no people."""

from __future__ import annotations

from django.db.models import Q
from rest_framework import serializers
from rest_framework.routers import DefaultRouter

from accounts import permissions
from accounts.rest.resources import Resource
from municipalities.models import Municipality

permissions.resource("municipality", Municipality)
permissions.register(
    "municipality",
    permissions.Relation("anybody", lambda actor, role, town: town is not None, lambda actor, role: Q()),
)


class MunicipalitySerializer(serializers.ModelSerializer[Municipality]):
    """``lat`` and ``lon`` are approximate, in degrees; ``population`` is null where the operator entered none."""

    prefecture = serializers.CharField(source="prefecture.name", read_only=True)

    class Meta:
        model = Municipality
        fields = (
            "code",
            "prefecture",
            "name",
            "kana",
            "kind",
            "lat",
            "lon",
            "population",
            "valid_from",
            "valid_to",
            "merged_into",
        )


class MunicipalityViewSet(Resource):
    """Municipalities by official code, those of the past included."""

    resource = "municipality"
    queryset = Municipality.objects.select_related("prefecture").order_by("code")
    serializer_class = MunicipalitySerializer
    filterset_fields = ("kind", "prefecture")
    search_fields = ("=code", "name", "kana", "search_key")
    ordering_fields = ("code", "name", "population")


def register(router: DefaultRouter) -> None:
    """Add the registry to the API."""
    router.register("municipalities", MunicipalityViewSet, basename="municipality")
