"""Cursor pagination: stable while rows are added."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Cursor(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """What ``?ordering=`` asks for, always ended by the key so that the order is total."""
        asked = tuple(super().get_ordering(request, queryset, view))
        return asked if any(name in ("pk", "-pk") for name in asked) else (*asked, "pk")
