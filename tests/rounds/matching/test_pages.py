"""The pages of a matching round, as the secretariat and others meet them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from advisors.models import Conflict as Interest
from engagements.rounds.matching.models import Adjustment, Round
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, office_actor
from workflow.doors import perform

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk():
    client = Client()
    client.force_login(office(), backend=BACKEND)
    return client


@pytest.fixture
def solved():
    advisors = [AdvisorFactory(capacity=1) for _ in range(2)]
    towns = [AcceptedFactory() for _ in range(3)]
    return solve(round_of()), towns, advisors


def text(response):
    return response.content.decode()


def values(**changes):
    return {
        "title": "第1回マッチング",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "months": ["4", "5", "6"],
        "fairness": "total",
        "weight_expertise": "4",
        "weight_preference": "3",
        "weight_size": "1",
        "weight_distance": "1",
        "weight_continuity": "1",
    } | changes


def test_a_round_is_made_and_changed_on_its_form(desk):
    call = AcceptedFactory().call
    page = desk.get(reverse("round-new"))
    assert call.title in text(page)
    made = desk.post(reverse("round-new"), values(call=call.pk, idempotency_key="one"))
    obj = Round.objects.get()
    assert made["Location"] == obj.get_absolute_url()
    desk.post(reverse("round-new"), values(call=call.pk, idempotency_key="one"))
    assert Round.objects.count() == 1
    changed = desk.post(
        reverse("round-edit", args=[obj.pk]), values(max_leads="7", months=["4", "5", "6", "7"])
    )
    obj.refresh_from_db()
    assert (changed.status_code, obj.max_leads, obj.months) == (302, 7, [4, 5, 6, 7])


def test_a_wrong_period_keeps_what_was_typed(desk):
    call = AcceptedFactory().call
    page = desk.post(reverse("round-new"), values(call=call.pk, ends_on="2026-03-01"))
    assert page.status_code == 422
    assert "末日が初日より前" in text(page)
    assert "第1回マッチング" in text(page)
    assert Round.objects.count() == 0


def test_the_board_shows_pairs_the_left_out_and_loads(desk, solved):
    obj, towns, advisors = solved
    page = text(desk.get(obj.get_absolute_url()))
    for town in towns:
        assert town.municipality.full_name in page
    for advisor in advisors:
        assert advisor.user.name in page
    assert "順位が先の町" in page
    assert "この案で打診する" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_board_asks_the_database_as_often_for_few_as_for_many(desk, number, django_assert_num_queries):
    for _ in range(number):
        AdvisorFactory()
        AcceptedFactory()
    obj = solve(round_of())
    desk.get(obj.get_absolute_url())
    with django_assert_num_queries(BOARD_QUERIES):
        desk.get(obj.get_absolute_url())


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_database_as_often_for_few_as_for_many(desk, number, django_assert_num_queries):
    for _ in range(number):
        round_of()
    desk.get(reverse("rounds"))
    with django_assert_num_queries(LIST_QUERIES):
        page = desk.get(reverse("rounds"))
    assert text(page).count("見本のラウンド") >= number


BOARD_QUERIES, LIST_QUERIES = 18, 8


def test_the_year_in_figures(desk, solved):
    """Three towns applied, nobody has an advisor yet, the call has no limit."""
    page = " ".join(text(desk.get(reverse("rounds"))).split())
    assert '<td class="num" data-l="申込">3</td><td class="num" data-l="アドバイザー決定">0</td>' in page
    assert '<td class="num" data-l="枠">—</td>' in page


def test_why_a_town_has_its_advisor_and_what_else_could_be(desk, solved):
    obj, _towns, advisors = solved
    pair = next(row for row in obj.proposal.result["assignments"])
    other = next(row for row in advisors if str(row.pk) != pair["advisor"])
    page = text(desk.get(reverse("round-town", args=[obj.pk, pair["town"]]), {"advisor": other.pk}))
    assert "この方に固定する" in page
    assert f"{other.user.name}さん({pair['score']}点)にすると" in page


def test_why_a_town_is_left_out_and_what_would_serve_it(desk, solved):
    obj, _towns, _advisors = solved
    left = obj.proposal.result["unmatched"][0]["town"]
    page = text(desk.get(reverse("round-town", args=[obj.pk, left])))
    assert "順位が先の町" in page
    assert "さんの受け持てる数を2にする" in page


def test_a_change_shows_its_cost_before_it_is_kept(desk, solved):
    obj, _towns, advisors = solved
    left = obj.proposal.result["unmatched"][0]["town"]
    address = reverse("round-change", args=[obj.pk])
    asked = {"kind": "lock", "town": left, "advisor": advisors[0].pk}
    page = text(desk.get(address, asked))
    assert "→ なし" in page
    assert Adjustment.objects.count() == 0
    refused = desk.post(address, asked | {"reason": ""})
    assert refused.status_code == 422
    assert "理由を、ひとこと" in text(refused)
    kept = desk.post(address, asked | {"reason": "前の年からの約束", "idempotency_key": "k"}, follow=True)
    assert "前の年からの約束" in text(kept)
    assert "計算のあとに手で変えた" in text(kept)
    made = Adjustment.objects.get()
    desk.post(reverse("round-lift", args=[obj.pk, made.pk]))
    made.refresh_from_db()
    assert made.lifted_at is not None


def test_why_a_load_is_what_it_is(desk, solved):
    obj, towns, advisors = solved
    Interest.objects.create(advisor=advisors[0], municipality=towns[0].municipality, reason="親族が勤務")
    obj = solve(obj)
    page = " ".join(text(desk.get(reverse("round-advisor", args=[obj.pk, advisors[0].pk]))).split())
    assert "<dt>この案で増える数</dt><dd>1</dd>" in page
    assert "<dt>組める町</dt><dd>2</dd>" in page
    assert "この団体の職員か、利害関係があります。" in page
    assert desk.get(reverse("round-advisor", args=[obj.pk, 987654])).status_code == 404


def test_an_employers_limit_is_tried_and_kept_to(desk, solved):
    obj, _towns, advisors = solved
    address = reverse("round-change", args=[obj.pk])
    asked = {"kind": "lending", "advisor": advisors[0].pk, "value": "0"}
    assert "決まる町 2 → 1" in text(desk.get(address, asked))
    desk.post(address, asked | {"reason": "勤め先の都合", "idempotency_key": "l"})
    assert solve(obj).proposal.objective["matched"] == 1


def test_what_a_rematch_changes_is_seen_before_it_is_published(desk, solved):
    obj, _towns, _advisors = solved
    perform("publish", obj, office_actor())
    AdvisorFactory(capacity=1)
    obj = solve(obj)
    page = text(desk.get(obj.get_absolute_url()))
    assert "打診ずみの案との違い" in page
    assert "なし → " in page


def test_two_runs_are_compared(desk, solved):
    obj, _towns, advisors = solved
    desk.post(
        reverse("round-change", args=[obj.pk]),
        {
            "kind": "capacity",
            "advisor": advisors[0].pk,
            "value": "2",
            "reason": "余裕がある",
            "idempotency_key": "c",
        },
    )
    obj = solve(obj)
    page = text(desk.get(reverse("round-run", args=[obj.pk, 1])))
    assert "なし → " in page


@pytest.fixture
def half_decided(solved):
    """Two towns were asked, one of the advisors has accepted, a new town came, and the round is solved again."""
    obj, _towns, _advisors = solved
    perform("publish", obj, office_actor())
    confirmed = Offer.objects.order_by("pk").first()
    perform("accept", confirmed, actor_for(confirmed.advisor.user))
    new = AcceptedFactory()
    AdvisorFactory(capacity=1)
    return solve(obj), confirmed.application.municipality, new.municipality


@pytest.mark.parametrize("page", ["board", "run"])
def test_only_towns_of_both_runs_are_compared_and_the_others_are_named(desk, half_decided, page):
    obj, decided, new = half_decided
    address = obj.get_absolute_url() if page == "board" else reverse("round-run", args=[obj.pk, 1])
    shown = text(desk.get(address))
    assert f"だけにある町(比べていません): {decided.full_name}" in shown
    assert f"いまの案だけにある町(比べていません): {new.full_name}" in shown
    assert f"{decided.full_name}: " not in shown
    assert f"{new.full_name}: " not in shown


def test_the_figures_of_two_runs_are_of_the_towns_in_both(desk, half_decided):
    """Two towns are in both: one of them had an advisor at first, both have one now."""
    page = " ".join(text(desk.get(reverse("round-run", args=[half_decided[0].pk, 1]))).split())
    assert '決まる町</th><td class="num">1</td><td class="num">2</td>' in page


def test_a_run_beside_itself_has_the_same_figures(desk, solved):
    page = " ".join(text(desk.get(reverse("round-run", args=[solved[0].pk, 1]))).split())
    assert '決まる町</th><td class="num">2</td><td class="num">2</td>' in page
    assert "比べていません" not in page


def test_the_progress_leads_back_to_the_board(desk, solved):
    assert desk.get(reverse("round-progress", args=[solved[0].pk]))["HX-Refresh"] == "true"


@pytest.mark.parametrize("query", ["kind=lock&advisor=x", "kind=other&advisor=1", "kind=lock"])
def test_a_malformed_change_is_not_found(desk, solved, query):
    assert desk.get(f"{reverse('round-change', args=[solved[0].pk])}?{query}").status_code == 404


def test_towns_and_advisors_learn_nothing_of_a_round(solved):
    obj, towns, advisors = solved
    contact = User.objects.create_user("kontakt@town.example.lg.jp", name="見本 次郎", password="x")
    Membership.objects.create(user=contact, role=Role.CONTACT, municipality=towns[0].municipality)
    for person in (contact, advisors[0].user):
        client = Client()
        client.force_login(person, backend=BACKEND)
        for address in (obj.get_absolute_url(), reverse("rounds")):
            assert client.get(address).status_code == 403
    assert Offer.objects.count() == 0
