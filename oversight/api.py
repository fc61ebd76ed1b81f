"""This room in the API."""

from rest_framework.routers import DefaultRouter


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
