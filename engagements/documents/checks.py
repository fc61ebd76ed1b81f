"""Start-up check: what the machine lacks for documents, before the first one comes out wrong."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, register

from engagements.documents.pdf import missing_native_parts


@register()
def native_parts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        checks.Warning(
            f"documents need {part}, which is not installed", hint="apt-get install", id="documents.W001"
        )
        for part in missing_native_parts()
    ]
