"""Surveys as they come into being: by the service, with the sample's records.

``SurveyFactory()`` has records of three teams; ``SurveyFactory(records__empty=True)`` has none.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from engagements.survey import services
from engagements.survey.measures import encode
from engagements.survey.models import RecorderDay, Survey
from engagements.survey.sample import sample_survey
from tests.factories.engagements import EngagementFactory
from workflow import SYSTEM

HELD_ON = date(2026, 9, 17)


class SurveyFactory(DjangoModelFactory):
    class Meta:
        model = Survey
        skip_postgeneration_save = True

    engagement = factory.SubFactory(EngagementFactory)
    title = "転入の窓口体験調査"
    held_on = HELD_ON
    round = 1

    @classmethod
    def _create(cls, model_class: type[Survey], *args: Any, **kwargs: Any) -> Survey:
        return services.create_survey(actor=SYSTEM, now=timezone.now(), **kwargs)

    @factory.post_generation
    def records(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        """Sample records (its arguments as ``records__teams=1``), those given, or none with ``records__empty``."""
        if kwargs.pop("empty", False):
            return
        document = extracted or sample_survey(
            self.engagement.municipality_id, self.held_on, round=self.round, title=self.title, **kwargs
        )
        save(self, document)


def save(survey: Survey, document: dict[str, Any], reason: str = "") -> Any:
    """The document as the survey's next version."""
    return services.import_document(survey, encode(document), actor=SYSTEM, now=timezone.now(), reason=reason)


def door_of(survey: Survey, purpose: str = "record") -> RecorderDay:
    """The door by which phones join: that of the records, or the ``board``."""
    return survey.recorder_days.get(purpose=purpose)
