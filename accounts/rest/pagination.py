"""Cursor pagination: stable while rows are added."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from accounts.exports import note_export

#: So many rows of a first page are a look, not an export.
UNNOTED = 100


class Cursor(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Whoever reads on beyond what a person looks at takes the list with them: that is logged."""
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        if page and (request.query_params.get(self.cursor_query_param) or len(page) > UNNOTED):
            note_export(request._request, len(page))
        return page

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """What ``?ordering=`` asks for, always ended by the key so that the order is total."""
        asked = tuple(super().get_ordering(request, queryset, view))
        return asked if any(name in ("pk", "-pk") for name in asked) else (*asked, "pk")
