"""The engagement's own state machine, on a proxy: it stands above the stages and alone knows them all."""

from __future__ import annotations

from django.urls import reverse

from engagements.journey.workflow import JourneyWorkflow
from engagements.models import Engagement


class Journey(JourneyWorkflow, Engagement):
    class Meta:
        proxy = True

    def get_absolute_url(self) -> str:
        return reverse("engagement", args=[self.pk])
