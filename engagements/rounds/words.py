"""Times as offers say them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from municipalities.dates import near_date


def moment_text(moment: datetime) -> str:
    """9月10日(木) 17:00, in Japan's time."""
    local = timezone.localtime(moment)
    return f"{near_date(local.date(), timezone.localdate())} {local.hour}:{local:%M}"
