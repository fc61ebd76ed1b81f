"""The programme as it comes with the service."""

from __future__ import annotations

from engagements.programme import services
from engagements.programme.models import Programme


def seeded() -> Programme:
    """The first version with its sessions, checklists and questions."""
    return services.seed()
