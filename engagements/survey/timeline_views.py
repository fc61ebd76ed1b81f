"""The correctable timeline: a recorded route, whatever it came from, put right visit by visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import drafts
from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import correcting, services
from engagements.survey.correction import page as pages
from engagements.survey.correction import pictures
from engagements.survey.correction.changes import changes
from engagements.survey.correction.effects import effects, with_route
from engagements.survey.correction.spoken import FAULTS, READERS, Said, say
from engagements.survey.correction.typed import correct
from engagements.survey.correction.undoing import fields_of
from engagements.survey.grid_views import Opened, number_of
from engagements.survey.intake import FaultyDocument, read_document
from engagements.survey.measures import encode
from engagements.survey.models import SurveyVersion
from engagements.survey.plots import screen_hatch
from engagements.survey.views import survey_of
from engagements.survey.words import team_name
from workflow.errors import BadInput, DoorError


class _Page(Opened):
    """The route with what was typed carried into it, and everything that is wrong with that."""

    def read(self, posted: Mapping[str, str]) -> None:
        undone = posted.get("undo", "").split()
        self.posted = posted
        self.typed = {name: text for name, text in pages.typed_of(posted).items() if name not in undone}
        people = [person["id"] for person in self.scenario.get("household") or ()]
        self.made = correct(self.route, people, pages.places_of(self.document), self.typed, READERS)
        self.faults = {name: str(FAULTS[fault]) for name, fault in self.made.faults.items()}
        self.whole: list[str] = []
        if not self.faults:
            self._judge()

    def _judge(self) -> None:
        """By the format's own reader, in the latest records."""
        self.draft = with_route(self.document, self.made.route)
        try:
            read_document(encode(self.draft))
        except FaultyDocument as refusal:
            self.faults, self.whole = pages.spread(self.made.names, refusal.faults)

    @property
    def is_sound(self) -> bool:
        return not (self.faults or self.whole)

    @property
    def place(self) -> int:
        """The visit that is shown: the one asked for, as far as there is one."""
        asked = number_of(self.posted.get("go") or self.request.GET.get("visit", ""))
        return min(max(asked, 1), len(self.route["visits"])) - 1

    def address(self, v: int) -> str:
        """Each visit has an address, and with it what was typed and not sent (``accounts.drafts``)."""
        return f"{reverse('survey-timeline', args=[self.survey.pk, self.id])}?visit={v + 1}"

    def show(self, status: int = 200, **more: Any) -> HttpResponse:
        shown = pages.show(
            self.route,
            self.scenario,
            self.document,
            self.place,
            typed=self.typed,
            faults=self.faults,
            more="more" in self.posted,
        )
        # Where a visit goes, the others move up: the picture of the record still has them in their places.
        kept = self.is_sound and len(self.made.route["visits"]) == len(self.route["visits"])
        drawn = self.made.route if kept else self.route
        sections = correcting.concerned(self.survey, self.route)
        context = {
            "survey": self.survey,
            "engagement": self.survey.engagement,
            "route": self.route,
            "team": self.team,
            "teams": self._teams(),
            "shown": shown,
            "here": self.address(self.place),
            "hatch": screen_hatch(),
            "overview": pictures.whole(drawn, self.place),
            "zoom": pictures.visit(shown, self.route),
            "changes": self._changes() if self.is_sound else [],
            "effects": effects(self.survey, self.document, self.draft, self.route) if self.is_sound else [],
            "problems": [
                (name, pages.place_of_fault(name, self.route), said) for name, said in self.faults.items()
            ],
            "whole": self.whole,
            "sections": "、".join(sections),
            "reason_needed": correcting.was_shown(self.survey),
            "reason": self.posted.get("reason", ""),
            "reason_length": services.REASON_LENGTH,
            "base": self.base,
            "over": self.posted.get("over", ""),
            "form_key": new_form_key(),
        }
        return render(self.request, "survey/timeline.html", context | more, status=status)

    def _changes(self) -> list[tuple[Said, str]]:
        """What differs from the record, each with the fields to take it back by, where it has any."""
        found = changes(self.route, self.made.route)
        fields = (fields_of(one, self.route["visits"], self.typed, self.made) for one in found)
        return [
            (said, " ".join(names)) for said, names in zip(say(found, self.scenario), fields, strict=True)
        ]

    def _teams(self) -> list[tuple[str, str]]:
        """The other teams of this survey that have a timeline: name and address."""
        others = (one for one in self.document["routes"] if one["id"] != self.id and one.get("visits"))
        return [
            (
                team_name(one.get("team"), one["id"]),
                reverse("survey-timeline", args=[self.survey.pk, one["id"]]),
            )
            for one in others
        ]


@guarded("survey.record")
def timeline(request: HttpRequest, pk: int, route_id: str) -> HttpResponse:
    """GET shows a visit of the route; POST looks at what was typed, or keeps it. Nothing typed is lost on the way."""
    page = _Page(request, survey_of(request, pk, "survey.record"), route_id)
    if said := page.on_paper():
        return said
    if not page.route.get("visits"):
        return redirect("survey-grid", pk, route_id)
    page.read(request.POST.dict() if request.method == "POST" else {})
    if page.posted.get("what") != "keep" or {"go", "more", "undo"} & page.posted.keys():
        return page.show()
    if not page.is_sound:
        return page.show(422, refused=True)
    return _keep(page)


def _keep(page: _Page) -> HttpResponse:
    def work() -> str:
        version = correcting.correct_route(
            page.survey,
            page.made.route,
            base=page.base,
            over=number_of(page.posted.get("over", "")) or None,
            actor=actor_of(page.request),
            now=timezone.now(),
            reason=page.posted.get("reason", ""),
        )
        said = _(
            "直した記録を結果に入れました。いまの版は第%(number)s版です。前の版には、もとの記録が残っています。"
        )
        messages.success(page.request, said % {"number": version.number})
        # What was typed at the other visits went with it.
        addresses = [page.address(v) for v in range(len(page.route["visits"]))]
        drafts.drop(drafts.owner_of(page.request), addresses)
        return page.survey.get_absolute_url()

    try:
        return redirect(once_per_form(page.request, work))
    except services.Stale as refusal:
        return _both(page, refusal.current)
    except DoorError as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
        reason_fault = " ".join(fields.pop("reason", []))
        page.whole = [text for found in fields.values() for text in found]
        return page.show(refusal.status, reason_fault=reason_fault, refused=True)


def _both(page: _Page, current: SurveyVersion) -> HttpResponse:
    """What somebody else put right beside what was typed here; the next save is for the version that was seen."""
    stored = services.part_of(current.document, "routes", page.id)
    theirs = say(changes(page.route, stored), page.scenario) if stored else []
    return page.show(409, current=page.latest, theirs=theirs, is_gone=stored is None, over=current.number)
