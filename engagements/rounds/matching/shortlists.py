"""Asking towns to rank the candidates whom the office would offer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters
from accounts.letters import Letter, Reader
from accounts.models import Role
from advisors.matching.explain import score_table
from advisors.matching.problem import Problem
from advisors.matching.reading import read_problem
from advisors.matching.rules import Rules
from advisors.models import Advisor
from advisors.selectors import WishCard, candidates_for_wishes
from engagements.applications.models import Application
from engagements.rounds import people
from engagements.rounds.matching.guards import waiting
from engagements.rounds.matching.models import Round, RoundState, RunMode, Shortlist, ShortlistState
from engagements.rounds.matching.snapshot import file_of
from municipalities.dates import add_working_days, near_date
from workflow import authority
from workflow.actors import Actor
from workflow.doors import Unmet, begin, perform_as_system
from workflow.errors import GuardsUnmet, WrongState
from workflow.models import Visibility
from workflow.outbox import Mail, put
from workflow.sweep import each, task
from workflow.transactions import in_transaction

CANDIDATES = 3
ASKABLE = (RoundState.OPEN, RoundState.PROPOSED)


def ask_towns(obj: Round, *, actor: Actor, now: datetime) -> list[Shortlist]:
    """Ask every waiting town with at least two candidates for its ranking; a town is asked once.

    Raises ``NotAllowed``, ``WrongState`` once the round was published, and ``GuardsUnmet`` where the programme does
    not ask towns.
    """
    return in_transaction(lambda: _ask(obj.pk, actor, now))


def _ask(pk: int, actor: Actor, now: datetime) -> list[Shortlist]:
    fresh = Round.objects.select_for_update(of=("self",)).get(pk=pk)
    authority.require(actor, "round.adjust", fresh, now=now)
    if fresh.state not in ASKABLE:
        raise WrongState(_("候補の順位を町に聞く"), str(fresh.get_state_display()))
    if not fresh.call.programme.towns_rank:
        raise GuardsUnmet([Unmet(_("この事業では、候補の順位を町に聞きません。制度の設定で変えられます。"))])
    today = timezone.localdate(now)
    problem = read_problem(file_of(fresh, today, RunMode.FRESH))
    asked = set(
        fresh.shortlists.exclude(state=ShortlistState.WITHDRAWN).values_list("application", flat=True)
    )
    towns = waiting(fresh).exclude(pk__in=asked).select_related("municipality__prefecture").order_by("pk")
    due = add_working_days(today + timedelta(days=fresh.call.programme.town_days), 0)
    found = ((town, best_candidates(problem, str(town.pk))) for town in towns)
    made = []
    for town, candidates in found:
        if len(candidates) < 2:
            continue
        row = Shortlist.objects.create(
            round=fresh, application=town, candidates=candidates, asked_at=now, due_on=due
        )
        event = begin(row, actor, now=now, visibility=Visibility.TOWN, candidates=candidates)
        put(ranking_is_asked(row, now), event=event, now=now)
        made.append(row)
    return made


def best_candidates(problem: Problem, town: str) -> list[int]:
    """The best advisors who may serve the town, by the round's score; empty for a town that is not in the round."""
    row = next((row for row in problem.towns if row.id == town), None)
    if row is None:
        return []
    rules = Rules(problem)
    able = [advisor for advisor in problem.advisors if rules.broken(row, advisor, "lead") is None]
    scores = [score for _parts, score in score_table(problem, row, able)] if able else []
    ranked = sorted(zip(scores, able, strict=True), key=lambda item: (-item[0], item[1].id))
    return [int(advisor.id) for _score, advisor in ranked[:CANDIDATES]]


@letters.kind
def ranking_is_asked(row: Shortlist, now: datetime) -> list[Mail]:
    """To the town's contacts: rank the candidates, and by when."""
    today = timezone.localdate(now)

    def write(reader: Reader) -> Letter:
        day = near_date(row.due_on, today)
        text = _("受けられるアドバイザーの候補があります。ページで、希望の順位を付けてください。")
        return Letter(
            _("%(day)sまでに、アドバイザーの候補に順位を付けてください") % {"day": day},
            text,
            letters.site(row.get_absolute_url()),
            _("期限までに返事がないときは、申込書の希望で組み合わせます。"),
            row.application.reference,
            day,
        )

    return letters.to(letters.readers(people.members(Role.CONTACT, row.municipality_id, today)), write)


@dataclass(frozen=True, slots=True)
class ShortlistPage:
    """What a town sees: the candidates as cards, in the order in which they are shown."""

    shortlist: Shortlist
    cards: list[WishCard]
    chosen: list[str]


def shortlist_page(row: Shortlist) -> ShortlistPage:
    application: Application = row.application
    cards = candidates_for_wishes(
        application.municipality,
        application.life_events,
        application.months,
        application.mode,
        timezone.localdate(),
        sessions=application.call.programme.months_needed,
    )
    known = {card.advisor_id: card for card in cards}
    names = dict(Advisor.objects.filter(pk__in=row.ranking).values_list("pk", "user__name"))
    return ShortlistPage(
        shortlist=row,
        cards=[known[pk] for pk in row.candidates if pk in known],
        chosen=[names[pk] for pk in row.ranking if pk in names],
    )


@task("lapse-shortlists")
def lapse_shortlists(now: datetime) -> int:
    """Towns that did not answer in time: their wishes count."""
    late = Shortlist.objects.filter(state=ShortlistState.ASKED, due_on__lt=timezone.localdate(now))
    return each(late.order_by("pk"), lambda row: perform_as_system("lapse", row, now=now))
