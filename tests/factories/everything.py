"""One town with something of every resource, and somebody of every role in it.

``everything()`` belongs together as on a real road: the application, its engagement with advisor and trainee, the
survey, the plan, the offer to the advisor whose employer lends them. Made twice, the two towns share only the call and
the programme.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.documents import services
from engagements.documents.models import Document, DocumentKind
from engagements.models import EngagementRole
from engagements.plans.models import Evidence, Issue, Plan, PlanComment
from engagements.rounds.matching.models import Run, Shortlist
from engagements.survey import photos
from engagements.survey.models import Photo
from engagements.survey.recorder import passes
from municipalities.models import Municipality
from tests.factories import applications, entry, matching
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import LONG_AGO, EngagementFactory, member, session_of
from tests.factories.plans import CaseFactory, PlanFactory, decision_of
from tests.factories.rounds import OfferFactory
from tests.factories.sections import SECTION, SectionRequestFactory, section_user
from tests.factories.survey import SurveyFactory
from tests.municipalities.factories import MunicipalityFactory
from workflow import SYSTEM, begin, outbox
from workflow.models import Event


@dataclass
class Everything:
    """``of["plan"]`` is the town's plan; ``people["contact"]`` its contact."""

    town: Municipality
    of: dict[str, Any] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)


def everything() -> Everything:
    made = Everything(MunicipalityFactory())
    _people(made)
    _road(made)
    _survey_and_plan(made)
    _offers(made)
    _entry(made)
    return made


def _people(made: Everything) -> None:
    lender = MunicipalityFactory()
    made.people = {
        "contact": applications.contact_of(made.town),
        "approver": member(Role.APPROVER, made.town),
        "executive": member(Role.EXECUTIVE, made.town),
        "employer": member(Role.EMPLOYER, lender),
        "advisor": AdvisorFactory(employer=lender).user,
        "trainee": AdvisorFactory(seat=Advisor.Seat.TRAINEE).user,
        "secretariat": member(Role.SECRETARIAT),
        "auditor": member(Role.AUDITOR),
        "admin": member(Role.ADMIN),
    }


def _road(made: Everything) -> None:
    """The office typed the application, so that every relation of the table holds for somebody."""
    engagement = EngagementFactory(
        municipality=made.town, contact=made.people["contact"], advisor=made.people["advisor"]
    )
    EngagementRole.objects.create(
        engagement=engagement, user=made.people["trainee"], role=Role.TRAINEE, valid_from=LONG_AGO
    )
    made.people["section"] = section_user(engagement)
    application = applications.draft(town=made.town)
    Application.objects.filter(pk=application.pk).update(typed_by_office=True, engagement=engagement.pk)
    application.refresh_from_db()
    made.of |= {
        "municipality": made.town,
        "engagement": engagement,
        "application": application,
        "call": application.call,
        "programme": application.call.programme,
        "advisor": Advisor.objects.get(user=made.people["advisor"]),
        "session": session_of(engagement, 1),
        "section_request": SectionRequestFactory(engagement=engagement),
    }


def _survey_and_plan(made: Everything) -> None:
    engagement, contact = made.of["engagement"], actor_for(made.people["contact"])
    survey = SurveyFactory(engagement=engagement, records__teams=1)
    plan = PlanFactory(engagement=engagement)
    issue = Issue.objects.create(plan=plan, title="同じことを何度も書いている")
    made.of |= {
        "survey": survey,
        "recorder_day": passes.open_day(survey, actor=contact, now=timezone.now()),
        "board_day": passes.open_day(survey, actor=contact, now=timezone.now(), purpose="board"),
        "plan": plan,
        "decision": decision_of(plan, owner_section=SECTION, scenario="", measure="", change=None),
        "case": CaseFactory(engagement),
        "issue": issue,
        "evidence": Evidence.objects.create(issue=issue, survey=survey, path="/x", text="番号札が見えない"),
        "comment": PlanComment.objects.create(
            plan=plan,
            part="vision",
            text="短くしましょう",
            author=made.people["advisor"],
            written_at=timezone.now(),
        ),
        "document": _document(plan),
    }
    recorder, _key = passes.join(
        made.of["recorder_day"],
        pin=passes.pin_of(made.of["recorder_day"]),
        name="撮影 三子",
        now=timezone.now(),
    )
    made.of["photo"] = photos.keep(recorder, "p-1", _picture(), now=timezone.now())
    Photo.objects.update(checked_at=timezone.now())


def _document(plan: Plan) -> Document:
    """Made, without the time that drawing takes."""
    made = services.request_document(DocumentKind.REFORM_PLAN, plan, actor=SYSTEM, now=timezone.now())
    Document.objects.filter(pk=made.pk).update(
        progress="ready", file=f"{made.pk}.pdf", issued_at=timezone.now()
    )
    made.refresh_from_db()
    path = services.file_path(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.7")
    return made


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 20), "white").save(file, "JPEG")
    return file.getvalue()


def _offers(made: Everything) -> None:
    application, advisor = made.of["application"], made.of["advisor"]
    round_ = matching.round_of()
    shortlist = Shortlist.objects.create(
        round=round_,
        application=application,
        candidates=[advisor.pk, AdvisorFactory().pk],
        asked_at=timezone.now(),
        due_on=timezone.localdate() + timedelta(days=7),
    )
    begin(shortlist, SYSTEM, now=timezone.now())
    made.of |= {
        "offer": OfferFactory(application=application, advisor=advisor, state="accepted"),
        "round": round_,
        "shortlist": shortlist,
        "run": Run.objects.create(
            round=round_,
            number=1,
            mode="fresh",
            input={},
            input_hash="",
            names={},
            requested_at=timezone.now(),
        ),
    }


def _entry(made: Everything) -> None:
    stopped = outbox.put(
        [outbox.Mail("hanako@town.example.test", "日を選んでください", "本文")],
        event=None,
        now=timezone.now(),
        context=f"application:{made.of['application'].pk}",
    )[0]
    outbox.set_aside(stopped)
    made.of |= {
        "registration": entry.registration(town=made.town),
        "invitation": entry.invitation(made.town),
        "handover": entry.handover(town=made.town),
        "mailbox": entry.mailbox(made.town),
        "membership": Membership.objects.get(user=made.people["contact"], role=Role.CONTACT),
        "user": made.people["contact"],
        "outbox": stopped,
        "event": Event.objects.filter(context=made.of["engagement"].stream).latest("pk"),
    }
