"""What the papers of the survey's day share: whose they are, and the words for when, where and who."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents.builders import Builder, Snapshot
from engagements.documents.builders.paper import head
from engagements.documents.models import DocumentKind
from engagements.survey import selectors
from engagements.survey.day.preparation import Preparation, Team, read
from engagements.survey.models import Survey, SurveyVersion
from municipalities.dates import era_date

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A survey with what was prepared for it."""

    survey: Survey
    scenarios: list[Raw]
    prepared: Preparation

    def title_of(self, scenario: str) -> str:
        """The scenario's title; empty for one that is gone."""
        found = (item for item in self.scenarios if item["id"] == scenario)
        return next((str(item.get("title") or item["id"]) for item in found), "")


class DayPaper(Builder):
    """A paper of the survey's day, made from the latest version of its records."""

    action = "survey.document"

    def subjects(self) -> QuerySet[Survey]:
        recorded = SurveyVersion.objects.filter(survey=OuterRef("pk"))
        return Survey.objects.filter(Exists(recorded)).select_related("engagement__municipality__prefecture")

    def owner(self, subject: Survey) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement

    def snapshot(self, subject: Survey, on: date) -> Snapshot:
        document = selectors.latest_document(subject)
        day = Day(subject, document.get("scenarios") or [], read(document))
        engagement = subject.engagement
        made = head(
            str(DocumentKind(self.kind).label),
            engagement.municipality,
            engagement.municipality_name,
            number=subject.reference,
        )
        return made | self.content(day)

    @abstractmethod
    def content(self, day: Day) -> Snapshot:
        """What this paper adds to the head."""


def day_words(day: Day) -> str:
    """The days on which teams walk; the survey's own where no team has a time."""
    walked = {timezone.localdate(team.starts_at) for team in day.prepared.teams if team.starts_at}
    return "、".join(era_date(one) for one in sorted(walked or {day.survey.held_on}))


def start_words(team: Team) -> str:
    """When and where a team starts."""
    return " ".join(filter(None, (moment_words(team.starts_at), team.start_place)))


def moment_words(at: datetime | None) -> str:
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{era_date(local.date(), western=False)} {local.hour}:{local:%M}"


def name_of(person: Raw) -> str:
    """What a person of the household is called on paper."""
    return " ".join(filter(None, (person.get("relation"), person.get("name")))) or str(person["id"])


def person_of(scenario: Raw, id: str) -> Raw:
    return next((one for one in scenario.get("household") or () if one["id"] == id), {"id": id})


def rules_words(day: Day) -> Iterator[str]:
    """What holds for everybody who walks."""
    rules = day.prepared.rules
    if rules.web_first:
        yield _("出かける前に、町のホームページで持ち物と窓口を調べることから始めます。")
    else:
        yield _("事前に調べずに、初めて来た人として振る舞ってください。")
    yield _("本当の個人番号や口座は、話したり書いたりしないでください。見本のカードを使います。")
    yield _("職員の名前は記録しません。人ではなく、しくみを見ます。")
    yield _("困っている住民の方がいたら、体験を止めて順番をお譲りください。")
    yield _("予定の時間が来たら、途中でも終わってかまいません。どこで止まったかも大切な記録です。")
