"""Where the programme says so, towns rank the candidates offered to them before the round is solved."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from engagements.rounds.matching import shortlists
from engagements.rounds.matching.models import Shortlist
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, office_actor
from workflow.doors import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Outbox

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def asking():
    """A round whose programme asks towns; one town with its contact, three advisors alike."""
    town = AcceptedFactory()
    programme = town.call.programme
    programme.towns_rank = True
    programme.save()
    contact = member(Role.CONTACT, town.municipality)
    return round_of(), town, contact, [AdvisorFactory() for _ in range(3)]


def ask(obj):
    return shortlists.ask_towns(obj, actor=office_actor(), now=timezone.now())


def browser(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_a_town_is_asked_once_and_told_by_when(asking):
    obj, _town, contact, advisors = asking
    [row] = ask(obj)
    assert set(row.candidates) == {advisor.pk for advisor in advisors}
    assert ask(obj) == []
    [mail] = Outbox.objects.filter(kind="mail", address=contact.email)
    assert "までに、アドバイザーの候補に順位を付けてください" in mail.subject


def test_the_ranking_goes_before_the_wishes(asking):
    obj, _town, contact, _advisors = asking
    [row] = ask(obj)
    last = row.candidates[-1]
    perform("rank", row, actor_for(contact), first=str(last), second=str(row.candidates[0]))
    obj = solve(obj)
    [preferred] = [entry["preferred"] for entry in obj.proposal.input["towns"]]
    assert preferred == [str(last), str(row.candidates[0])]
    assert [pair["advisor"] for pair in obj.proposal.result["assignments"]] == [str(last)]


def test_the_page_shows_the_candidates_and_takes_the_answer(asking):
    obj, _town, contact, advisors = asking
    [row] = ask(obj)
    client = browser(contact)
    page = client.get(row.get_absolute_url()).content.decode()
    assert all(advisor.user.name in page for advisor in advisors)
    first, second, _third = map(str, row.candidates)
    sent = client.post(
        reverse("transition", args=["shortlist", row.pk, "rank"]),
        {"first": first, "second": second, "idempotency_key": "r"},
    )
    assert sent.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.ranking) == ("ranked", [int(first), int(second)])
    assert "付けた順位" in client.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize("second", ["same", "skipped"])
def test_nobody_is_ranked_twice_and_no_place_is_left_out(asking, second):
    obj, _town, contact, _advisors = asking
    [row] = ask(obj)
    one, two, _three = map(str, row.candidates)
    answer = {"second": one} if second == "same" else {"third": two}
    with pytest.raises(BadInput) as refused:
        perform("rank", row, actor_for(contact), first=one, **answer)
    assert set(refused.value.fields) == {"second"}


def test_a_town_that_stays_silent_holds_nobody_up(asking):
    obj, _town, _contact, _advisors = asking
    [row] = ask(obj)
    later = timezone.now() + timedelta(days=40)
    assert shortlists.lapse_shortlists(later) == 1
    assert shortlists.lapse_shortlists(later) == 0
    row.refresh_from_db()
    assert row.state == "lapsed"
    assert solve(obj).state == "proposed"


def test_after_the_publication_it_is_too_late(asking):
    obj, _town, contact, _advisors = asking
    [row] = ask(obj)
    obj = solve(obj)
    perform("publish", obj, office_actor())
    with pytest.raises(GuardsUnmet):
        perform("rank", Shortlist.objects.get(pk=row.pk), actor_for(contact), first=str(row.candidates[0]))
    with pytest.raises(WrongState):
        ask(obj)


def test_another_towns_shortlist_is_not_found(asking):
    obj, _town, _contact, advisors = asking
    [row] = ask(obj)
    stranger = member(Role.CONTACT, AcceptedFactory().municipality)
    assert browser(stranger).get(row.get_absolute_url()).status_code == 404
    with pytest.raises(NotAllowed):
        perform("rank", row, actor_for(stranger), first=str(row.candidates[0]))
    assert browser(advisors[0].user).get(row.get_absolute_url()).status_code == 403


def test_a_programme_that_does_not_ask_says_so(asking):
    obj, town, _contact, _advisors = asking
    town.call.programme.towns_rank = False
    town.call.programme.save()
    client = browser(office())
    page = client.post(f"/rounds/{obj.pk}/ask-towns/", follow=True).content.decode()
    assert "候補の順位を町に聞きません" in page
    assert Shortlist.objects.count() == 0
