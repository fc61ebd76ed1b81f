"""A counter section's request from the contact's button to the answer, through HTTP, mail and the sweep."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import SignedLink
from accounts.standings import actor_for
from engagements.documents.builders.survey_report import SurveyReportBuilder
from engagements.plans import evidence
from engagements.plans.board import create_issue
from engagements.plans.models import Decision, DecisionProgress, Plan
from engagements.plans.section_answers import ask_progress, period_of
from engagements.sections import services
from engagements.sections.jobs import expire_requests, remind_sections
from engagements.sections.models import RequestKind, RequestState, SectionRequest
from engagements.sections.selectors import stated
from engagements.survey.models import SharedRemark
from tests.factories.engagements import contact_of
from tests.factories.plans import PlanFactory, contact, decision_of
from tests.factories.sections import SECTION, SectionRequestFactory, clerk, mailbox, section_user
from tests.factories.survey import SurveyFactory
from workflow import SYSTEM, outbox, perform
from workflow.errors import BadInput
from workflow.models import Event, Span

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def link_of_last_mail():
    outbox.drain()
    return re.search(r"http://[^/\s]+(/l/\S+)", mail.outbox[-1].body).group(1)


@pytest.fixture
def engagement():
    return SurveyFactory().engagement


@pytest.fixture
def decision(engagement):
    plan = PlanFactory(engagement=engagement)
    return decision_of(plan, owner_section=SECTION, scenario="", measure="", change=None)


@pytest.fixture
def asked(engagement, decision):
    mailbox(engagement)
    return SectionRequestFactory(engagement=engagement)


def filled(asked, **more):
    """What somebody types who knows one figure and leaves the others."""
    figure = asked.figures.first()
    return {"answered_by": "例示 さくら", f"volume_{figure.pk}": "4,680", f"minutes_{figure.pk}": "4", **more}


# --- the contact asks -------------------------------------------------------------------


def test_one_button_asks_every_section_of_survey_and_plan(engagement, decision):
    town = signed_in(contact_of(engagement))
    page = town.get(f"/engagements/{engagement.pk}/sections/")
    assert page.status_code == 200
    assert "健康福祉課" in page.content.decode()
    town.post(f"/engagements/{engagement.pk}/sections/ask/", {"message": "よろしくお願いします"})
    rows = SectionRequest.objects.filter(engagement=engagement.pk)
    assert {row.section for row in rows} >= {SECTION, "健康福祉課", "教育委員会事務局", "建設水道課"}
    days = engagement.programme.section_days
    assert {row.due_on for row in rows} == {timezone.localdate() + timedelta(days=days)}
    town.post(f"/engagements/{engagement.pk}/sections/ask/", {"message": ""})
    assert rows.count() == SectionRequest.objects.filter(engagement=engagement.pk).count()


def test_people_with_accounts_are_written_to_and_else_the_mailbox(engagement):
    mailbox(engagement)
    mailbox(engagement, "健康福祉課", "fukushi@town.example")
    first, second = section_user(engagement), section_user(engagement, "住民会計課 ")
    made = services.ask(engagement, [SECTION, "健康福祉課", "建設水道課"], actor=SYSTEM, now=timezone.now())
    outbox.drain()
    assert len(made) == 3
    assert sorted(m.to[0] for m in mail.outbox) == sorted([first.email, second.email, "fukushi@town.example"])
    assert SignedLink.objects.filter(revoked_at=None).count() == 3


def test_too_long_a_word_is_told_and_nobody_is_asked(engagement):
    town = signed_in(contact_of(engagement))
    page = town.post(f"/engagements/{engagement.pk}/sections/ask/", {"message": "あ" * 501})
    assert page.status_code == 422
    assert "500文字まで" in page.content.decode()
    assert "あ" * 501 in page.content.decode()
    assert not SectionRequest.objects.exists()


# --- the section answers by link ----------------------------------------------------------


def test_a_link_shows_on_get_and_answers_everything_at_once(asked, decision):
    address, client = link_of_last_mail(), Client()
    page = client.get(address)
    assert page.status_code == 200
    assert "ありがとうございます" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == "asked"
    remark = SharedRemark.objects.filter(section_key=asked.section_key).first()
    said = filled(
        asked, **{f"reply_{remark.key}": "番号札の置き場を変えます", f"choice_{decision.pk}": "take"}
    )
    page = client.post(address, said)
    assert page.status_code == 200, page.content.decode()[:400]
    asked.refresh_from_db()
    decision.refresh_from_db()
    remark.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("answered", "例示 さくら")
    assert (decision.state, remark.reply) == ("taken", "番号札の置き場を変えます")
    [figure] = stated(asked.engagement_id)
    assert (figure.yearly_volume, figure.staff_minutes) == (4680, 4)
    outbox.drain()
    assert mail.outbox[-1].to == [contact_of(asked.engagement).email]


def test_the_section_says_which_remarks_may_leave_and_may_take_it_back(asked, decision, engagement):
    address, client = link_of_last_mail(), Client()
    first, *others = SharedRemark.objects.filter(section_key=asked.section_key)
    assert client.post(address, filled(asked, **{f"leave_{first.key}": "1"})).status_code == 200
    first.refresh_from_db()
    assert (first.may_leave, [row.may_leave for row in others]) == (True, [False] * len(others))
    asked.refresh_from_db()
    mine = signed_in(section_user(engagement))
    page = mine.get(f"{asked.get_absolute_url()}?edit=1").content.decode()
    assert re.search(rf'name="leave_{first.key}" value="1" checked', page)
    mine.post(asked.get_absolute_url(), filled(asked))
    first.refresh_from_db()
    assert first.may_leave is False


def test_the_used_link_only_shows_what_was_answered(asked, decision):
    address, client = link_of_last_mail(), Client()
    client.post(
        address, filled(asked, **{f"choice_{decision.pk}": "refuse", f"reason_{decision.pk}": "人手"})
    )
    page = client.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert "人手" in text
    assert "<textarea" not in text
    assert client.post(address, filled(asked)).status_code == 410
    decision.refresh_from_db()
    assert (decision.state, decision.refusal) == ("refused", "人手")


def test_a_section_answers_in_at_most_four_interactions_beyond_typing(asked, decision):
    """Open the mail's link, choose for the decision, press the button: nothing else has to be touched."""
    address, client = link_of_last_mail(), Client()
    interactions = 1
    html = client.get(address).content.decode()
    typed = {
        name: value
        for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', html)
        if not name.startswith("choice_")
    }
    interactions += html.count('value="take"')
    interactions += len(re.findall(r'<button class="btn main"', html))
    assert client.post(address, typed | filled(asked, **{f"choice_{decision.pk}": "take"})).status_code == 200
    assert interactions <= 4
    asked.refresh_from_db()
    assert asked.state == "answered"


def test_refusing_without_a_reason_is_told_and_keeps_what_was_typed(asked, decision):
    address, client = link_of_last_mail(), Client()
    figure = asked.figures.first()
    page = client.post(
        address, filled(asked, **{f"choice_{decision.pk}": "refuse", f"volume_{figure.pk}": "たくさん"})
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert "理由を一言" in text
    assert 'value="たくさん"' in text
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert SignedLink.objects.filter(used_at=None).exists()


def test_not_known_is_an_answer(asked):
    address = link_of_last_mail()
    figure = asked.figures.first()
    page = Client().post(address, {"answered_by": "例示", f"volume_{figure.pk}": "わからない"})
    assert page.status_code == 200
    asked.refresh_from_db()
    assert asked.state == "answered"
    assert stated(asked.engagement_id) == []
    assert "わからない" in page.content.decode()


def test_of_two_people_one_answers_and_the_other_reads(engagement):
    section_user(engagement)
    section_user(engagement)
    asked = SectionRequestFactory(engagement=engagement)
    outbox.drain()
    first, second = (re.search(r"http://[^/\s]+(/l/\S+)", m.body).group(1) for m in mail.outbox[-2:])
    assert Client().post(first, filled(asked)).status_code == 200
    page = Client().get(second)
    assert "<form" not in page.content.decode().partition("<main")[2].partition("</main")[0]
    assert Client().post(second, filled(asked)).status_code == 409


# --- by account ------------------------------------------------------------------------------


def test_the_section_finds_the_request_on_its_home_and_corrects_later(engagement, decision):
    user = section_user(engagement)
    asked = SectionRequestFactory(engagement=engagement)
    client, url = signed_in(user), asked.get_absolute_url()
    assert url in client.get("/").content.decode()
    assert client.post(url, filled(asked)).status_code == 302
    assert url in client.get("/").content.decode()
    assert "<textarea" not in client.get(url).content.decode()
    figure = asked.figures.first()
    again = filled(asked, **{f"volume_{figure.pk}": "5000", f"choice_{decision.pk}": "take"})
    assert "<textarea" in client.get(f"{url}?edit=1").content.decode()
    assert client.post(f"{url}?edit=1", again).status_code == 302
    assert stated(engagement.pk)[0].yearly_volume == 5000
    decision.refresh_from_db()
    assert decision.state == "taken"


def test_a_section_sees_only_its_own_counter(engagement, decision):
    own = SectionRequestFactory(engagement=engagement)
    other = SectionRequestFactory(engagement=engagement, section="健康福祉課")
    foreign = SectionRequestFactory(engagement=SurveyFactory().engagement)
    client = signed_in(section_user(engagement))
    assert client.get(own.get_absolute_url()).status_code == 200
    for hidden in (other, foreign):
        assert client.get(hidden.get_absolute_url()).status_code == 404
        assert client.post(hidden.get_absolute_url(), filled(hidden)).status_code == 404
    page = client.get(own.get_absolute_url()).content.decode()
    assert "国民健康保険の加入" not in page
    listed = client.get(f"/engagements/{engagement.pk}/sections/").content.decode()
    assert "健康福祉課" not in listed


def test_an_answer_never_reaches_another_sections_rows(asked, engagement, decision):
    other = decision_of(decision.plan, owner_section="健康福祉課", scenario="", measure="", change=None)
    person = clerk(engagement)
    stranger = SectionRequestFactory(engagement=engagement, section="健康福祉課")
    for rows in (
        {"decisions": [{"decision": other.pk, "answer": "take"}]},
        {"figures": [{"figure": stranger.figures.first().pk, "yearly_volume": 1}]},
        {"replies": [{"remark": "0" * 32, "reply": "x"}]},
    ):
        with pytest.raises(BadInput):
            perform("answer", asked, person, answered_by="例示", **rows)
    other.refresh_from_db()
    assert other.state == "proposed"


def test_the_api_shows_a_section_its_own_requests_and_takes_its_answer(engagement):
    person = section_user(engagement)
    own = SectionRequestFactory(engagement=engagement)
    other = SectionRequestFactory(engagement=engagement, section="健康福祉課")
    client = signed_in(person)
    rows = client.get("/api/v1/section-requests/").json()["results"]
    assert [row["id"] for row in rows] == [own.pk]
    assert client.get(f"/api/v1/section-requests/{other.pk}/").status_code == 404
    figure = rows[0]["figures"][0]["id"]
    said = {"answered_by": "例示", "figures": [{"figure": figure, "yearly_volume": -1}]}
    url = f"/api/v1/section-requests/{own.pk}/transitions/answer/"
    assert client.post(url, said, "application/json").status_code == 422
    said["figures"][0]["yearly_volume"] = 300
    assert client.post(url, said, "application/json").status_code == 200
    assert stated(engagement.pk)[0].yearly_volume == 300


# --- remarks are the section's first -----------------------------------------------------------


def test_others_read_a_remark_only_after_its_section(engagement):
    survey = engagement.surveys.get()
    someone = signed_in(section_user(engagement, "健康福祉課"))
    team = signed_in(contact_of(engagement))
    url = survey.get_absolute_url()
    assert someone.get(url).context["results"].withheld > 0
    assert team.get(url).context["results"].withheld == 0
    assert someone.get(f"/api/v1/surveys/{survey.pk}/document/").status_code == 409
    hidden = [one.text for one in team.get(url).context["results"].observations if one.section == SECTION]
    answer = someone.get(url)
    assert hidden
    assert not [one for one in answer.context["results"].observations if one.section == SECTION]
    # Another counter may have been told the same in the same words: what is left must not be on the page.
    open_to_all = {one.text for one in answer.context["results"].observations}
    assert not [text for text in set(hidden) - open_to_all if text in answer.content.decode()]
    section_user(engagement)
    SectionRequestFactory(engagement=engagement)
    shown = someone.get(url).context["results"].observations
    assert [one.text for one in shown if one.section == SECTION] == hidden
    assert all(one.shared_on for one in shown if one.section == SECTION)


def test_nothing_is_shared_with_a_section_that_nobody_reads_for_until_the_contact_has_told_it(engagement):
    asked = SectionRequestFactory(engagement=engagement)
    assert not SharedRemark.objects.exists()
    actor = actor_for(contact_of(engagement))
    figure = asked.figures.first()
    rows = [{"figure": figure.pk, "yearly_volume": 300, "staff_minutes": None, "basis": "電話"}]
    perform("enter", asked, actor, figures=rows, reason="電話で係長から")
    assert SharedRemark.objects.filter(section_key=asked.section_key).exists()
    assert stated(engagement.pk)[0].by_contact


# --- a section that never answers ----------------------------------------------------------------


def at(day):
    return timezone.make_aware(datetime.combine(day, time(9)))


def test_reminder_once_then_the_contacts_turn_and_never_stuck(asked, engagement):
    outbox.drain()
    before = len(mail.outbox)
    early = asked.due_on - timedelta(days=engagement.programme.remind_days + 1)
    assert remind_sections(at(early)) == 0
    day = asked.due_on - timedelta(days=engagement.programme.remind_days)
    assert remind_sections(at(day)) == 1
    assert remind_sections(at(day)) == 0
    outbox.drain()
    assert len(mail.outbox) == before + 1
    assert expire_requests(at(asked.due_on)) == 0
    assert expire_requests(at(asked.due_on + timedelta(days=1))) == 1
    span = Span.objects.get(stream=f"section_request:{asked.pk}", left_at=None)
    assert (span.turn_role, span.turn_scope) == ("contact", f"municipality:{engagement.municipality_id}")
    town = signed_in(contact_of(engagement))
    asked.refresh_from_db()
    assert "電話で聞いて" in town.get(asked.get_absolute_url()).content.decode()
    perform("go_on", asked, actor_for(contact_of(engagement)), reason="繁忙期のため")
    assert not Span.objects.filter(stream=asked.stream, left_at=None).exclude(turn_role="").exists()


def test_the_contact_enters_by_form_and_the_section_may_still_correct(asked, engagement):
    town = signed_in(contact_of(engagement))
    figure = asked.figures.first()
    url = asked.get_absolute_url()
    assert town.post(url, {f"volume_{figure.pk}": "300"}).status_code == 422
    said = {f"volume_{figure.pk}": "300", "reason": "電話で係長から"}
    assert town.post(url, said).status_code == 302
    asked.refresh_from_db()
    assert asked.state == RequestState.ENTERED
    perform("correct", asked, clerk(engagement), answered_by="例示")
    assert asked.state == RequestState.ANSWERED


def test_reopened_by_the_contact_it_is_the_sections_turn_again(asked, engagement):
    actor = actor_for(contact_of(engagement))
    perform("go_on", asked, actor, reason="急ぎ")
    perform("reopen", asked, actor, reason="時間ができた")
    assert (asked.state, asked.reminded_at) == ("asked", None)
    last = Event.objects.filter(stream=asked.stream).latest("position")
    assert last.type == "section_request.reopen"


# --- what the plan and the report show ------------------------------------------------------------


def test_the_figures_stand_where_the_effect_of_the_decision_is_typed(asked, decision, engagement):
    figure = asked.figures.first()
    rows = [{"figure": figure.pk, "yearly_volume": 4680, "staff_minutes": 4, "basis": "受付簿"}]
    perform("answer", asked, clerk(engagement), answered_by="例示", figures=rows)
    town = signed_in(contact_of(engagement))
    url = f"/engagements/{engagement.pk}/plan/?part=decisions&decision={decision.pk}"
    page = town.get(url).content.decode()
    assert "4,680件/年 × 4分 = 年312時間" in page
    assert "受付簿" in page


def test_a_refusal_stands_beside_the_decision_and_the_executive_may_still_decide(asked, decision, engagement):
    row = {"decision": decision.pk, "answer": "refuse", "reason": "人手が足りません"}
    person = clerk(engagement)
    perform("answer", asked, person, answered_by="例示", decisions=[row])
    town = signed_in(contact_of(engagement))
    page = town.get(f"/engagements/{engagement.pk}/plan/?part=decisions").content.decode()
    assert "人手が足りません" in page
    perform("correct", asked, person, answered_by="例示", decisions=[row | {"answer": "take"}])
    decision.refresh_from_db()
    assert (decision.state, decision.refusal) == ("taken", "")


def test_the_reply_stands_beside_the_remark_in_results_and_report(asked, engagement):
    remark = SharedRemark.objects.filter(section_key=asked.section_key).first()
    rows = [{"remark": remark.key, "reply": "札を作り直しました"}]
    perform("answer", asked, clerk(engagement), answered_by="例示", replies=rows)
    survey = engagement.surveys.get()
    town = signed_in(contact_of(engagement))
    assert "札を作り直しました" in town.get(survey.get_absolute_url()).content.decode()
    printed = SurveyReportBuilder().snapshot(survey, timezone.localdate())
    assert "住民会計課の返答" in str(printed)
    assert "札を作り直しました" in str(printed)


def test_board_and_api_of_the_plan_keep_back_what_the_section_has_not_seen(engagement, decision):
    result = evidence.result_of(engagement.pk)
    item = next(one for one in evidence.observations(result) if one.section == SECTION)
    actor = contact(decision.plan)
    create_issue(decision.plan, actor=actor, now=timezone.now(), title="課題", paths=[item.path])
    someone = signed_in(section_user(engagement, "健康福祉課"))
    board = f"/engagements/{engagement.pk}/plan/board/"
    api = f"/api/v1/plans/{decision.plan_id}/"
    assert someone.get(board).context["board"].contents.issues[0].evidence == []
    assert someone.get(api).json()["issues"][0]["evidence"] == []
    mailbox(engagement)
    SectionRequestFactory(engagement=engagement)
    assert len(someone.get(board).context["board"].contents.issues[0].evidence) == 1
    assert len(someone.get(api).json()["issues"][0]["evidence"]) == 1


# --- progress every quarter ------------------------------------------------------------------------


@pytest.fixture
def adopted(decision):
    """Adopted half a year ago, in an engagement that has agreed."""
    Decision.objects.filter(pk=decision.pk).update(state="adopted")
    Plan.objects.filter(pk=decision.plan_id).update(
        state="answered", answered_at=timezone.now() - timedelta(days=200)
    )
    type(decision.plan.engagement).objects.filter(pk=decision.plan.engagement_id).update(state="agreed")
    decision.refresh_from_db()
    return decision


def test_each_quarter_the_owner_says_how_it_goes(adopted, engagement):
    person = clerk(engagement)
    assert ask_progress(timezone.now()) == 1
    assert ask_progress(timezone.now()) == 0
    asked = SectionRequest.objects.get(kind=RequestKind.PROGRESS)
    assert asked.period == period_of(timezone.localdate())
    row = {"decision": adopted.pk, "status": "late", "remark": "4月に始めます"}
    perform("answer", asked, person, answered_by="例示", progress=[row])
    adopted.refresh_from_db()
    assert adopted.state == "adopted"
    perform("correct", asked, person, answered_by="例示", progress=[row | {"status": "done"}])
    adopted.refresh_from_db()
    assert adopted.state == "done"
    assert DecisionProgress.objects.get().status == "done"


def test_an_unanswered_quarter_gives_way_to_the_next(adopted, engagement):
    clerk(engagement)
    now = timezone.now()
    ask_progress(now)
    assert ask_progress(now + timedelta(days=92)) == 1
    states = dict(SectionRequest.objects.values_list("period", "state"))
    assert sorted(states.values()) == ["asked", "without"]


@pytest.mark.parametrize(
    ("day", "period"),
    [((2026, 4, 1), "2026-Q1"), ((2026, 12, 31), "2026-Q3"), ((2027, 3, 31), "2026-Q4")],
)
def test_quarters_of_the_fiscal_year(day, period):
    assert period_of(datetime(*day, tzinfo=timezone.get_current_timezone()).date()) == period


# --- lists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_three_sections(engagement, number, django_assert_num_queries):
    services.ask(engagement, [SECTION, "健康福祉課", "建設水道課"][:number], actor=SYSTEM, now=timezone.now())
    client = signed_in(contact_of(engagement))
    url = f"/engagements/{engagement.pk}/sections/"
    client.get(url)
    with django_assert_num_queries(12):
        client.get(url)
