"""The pages: as each role, with and without scripts, with bad input, and their number of queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, SignedLink
from engagements.applications import services
from engagements.applications.models import Application
from engagements.applications.views import PER_PAGE
from tests.factories import applications as made
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform
from workflow.models import Event, Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def contact_client(application) -> Client:
    return signed_in(made.contact_of(application.municipality))


def edit_url(application) -> str:
    return reverse("application-edit", args=[application.pk])


def form_data(application, **changes):
    """What a browser sends for a filled form."""
    return made.complete(version=application.revision, leave_to_office="on", wishes="") | changes


# --- who sees what ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.CONTACT, Role.APPROVER, Role.EXECUTIVE, Role.SECTION])
def test_the_towns_people_read_their_application_and_no_other(role):
    mine, other = made.submitted(), made.submitted()
    client = signed_in(member(role, mine.municipality))
    assert client.get(mine.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 404
    listed = client.get(reverse("applications")).content.decode()
    assert mine.reference in listed
    assert other.reference not in listed
    assert "優先度" not in listed


@pytest.mark.parametrize("role", [Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN])
def test_the_office_reads_every_application(role):
    application = made.submitted()
    client = signed_in(member(role))
    assert client.get(application.get_absolute_url()).status_code == 200
    assert "優先度" in client.get(reverse("applications")).content.decode()


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.TRAINEE])
def test_helpers_of_other_towns_find_nothing(role):
    application = made.submitted()
    client = signed_in(member(role))
    assert client.get(application.get_absolute_url()).status_code == 404
    assert application.reference not in client.get(reverse("applications")).content.decode()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SECTION, Role.AUDITOR, Role.ADVISOR])
def test_only_the_contact_writes(role):
    draft = made.draft()
    town = draft.municipality if role in (Role.APPROVER, Role.SECTION) else None
    client = signed_in(member(role, town))
    assert client.get(edit_url(draft)).status_code == 403
    assert client.post(reverse("application-save", args=[draft.pk]), {"version": 1}).status_code == 403


def test_another_towns_contact_gets_404_everywhere():
    draft = made.draft()
    client = signed_in(member(Role.CONTACT, MunicipalityFactory()))
    for name in ("application", "application-edit", "application-meter"):
        assert client.get(reverse(name, args=[draft.pk])).status_code == 404
    for name in ("application-edit", "application-save"):
        assert client.post(reverse(name, args=[draft.pk]), form_data(draft)).status_code == 404
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.parametrize("name", ["applications", "application-new"])
def test_lists_ask_for_a_sign_in(name):
    response = Client().get(reverse(name))
    assert response.status_code == 302
    assert "/accounts/login/" in response.url


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM, Role.WALKER}))
def test_every_signed_in_person_reads_the_call(role):
    call = made.call()
    town = (
        MunicipalityFactory() if role in ("contact", "approver", "executive", "section", "employer") else None
    )
    client = signed_in(member(role, town))
    assert call.title in client.get(reverse("calls")).content.decode()
    assert client.get(call.get_absolute_url()).status_code == 200


# --- starting ---------------------------------------------------------------------------------------------


def test_the_button_on_the_open_call_opens_one_draft():
    town, call = MunicipalityFactory(), made.call()
    client = signed_in(made.contact_of(town))
    page = client.get(reverse("application-new")).content.decode()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)[1]
    first = client.post(reverse("application-new"), {"call": call.pk, "idempotency_key": key})
    again = client.post(reverse("application-new"), {"call": call.pk, "idempotency_key": key})
    other = client.post(reverse("application-new"), {"call": call.pk, "idempotency_key": "another"})
    assert first.url == again.url == other.url
    assert Application.objects.count() == 1
    assert client.get(first.url).url == edit_url(Application.objects.get())


@pytest.mark.parametrize("code", ["999999", "abc", "'; DROP", "03302", ""])
def test_a_bad_municipality_code_is_told_to_the_office(code):
    call = made.call()
    client = signed_in(office())
    response = client.post(reverse("application-new"), {"call": call.pk, "municipality": code})
    assert response.status_code == 422
    assert "この団体コードは登録にありません" in response.content.decode()
    assert not Application.objects.exists()


def test_a_bad_municipality_code_is_404_for_a_town():
    call = made.call()
    client = signed_in(made.contact_of(MunicipalityFactory()))
    sent = {"call": call.pk, "municipality": "999999"}
    assert client.post(reverse("application-new"), sent).status_code == 404
    assert not Application.objects.exists()


@pytest.mark.parametrize("call", ["0", "999999", "x", "", "9" * 30])
def test_a_call_that_is_not_there_is_404(call):
    client = signed_in(made.contact_of(MunicipalityFactory()))
    assert client.post(reverse("application-new"), {"call": call}).status_code == 404


def test_another_towns_code_is_404():
    call, other = made.call(), MunicipalityFactory()
    client = signed_in(made.contact_of(MunicipalityFactory()))
    response = client.post(reverse("application-new"), {"call": call.pk, "municipality": other.pk})
    assert response.status_code == 404


def test_a_closed_call_answers_with_a_sentence():
    call = made.call()
    perform("close", call, made.acting(office()))
    client = signed_in(made.contact_of(MunicipalityFactory()))
    response = client.post(reverse("application-new"), {"call": call.pk})
    assert response.status_code == 422
    assert "受け付けていません" in response.content.decode()


# --- writing ----------------------------------------------------------------------------------------------


def test_the_draft_saves_by_hand_and_shows_what_is_missing():
    draft = made.draft()
    client = contact_client(draft)
    page = client.get(edit_url(draft)).content.decode()
    assert 'aria-disabled="true"' in page
    assert 'href="#id_months"' in page
    assert client.post(edit_url(draft), form_data(draft, act="save")).status_code == 302
    done = client.get(edit_url(draft)).content.decode()
    assert "すべてそろいました" in done
    assert 'aria-disabled="true"' not in done


def test_bad_values_are_named_and_the_rest_is_kept():
    draft = made.draft()
    client = contact_client(draft)
    bad = form_data(draft, contact_email="town@", months=["7", "13"], q_buildings="-1", aims="残る文")
    response = client.post(edit_url(draft), bad)
    assert response.status_code == 422
    page = response.content.decode()
    assert "town@" in page
    assert "3か所を直すと送れます" in page
    draft.refresh_from_db()
    assert (draft.aims, draft.contact_section) == ("残る文", "デジタル推進室")
    assert (draft.months, draft.answers.get("buildings")) == ([], None)
    assert draft.contact_email == made.contact_of(draft.municipality).email


def test_autosave_answers_what_the_script_needs():
    draft = made.draft()
    response = contact_client(draft).post(
        reverse("application-save", args=[draft.pk]), form_data(draft, contact_email="town@", months=["7"])
    )
    answer = response.json()
    assert response.status_code == 200
    assert answer["version"] == 2
    assert re.fullmatch(r"\d{1,2}:\d\d", answer["saved_at_label"])
    assert "contact_email" in answer["errors"]
    assert {"field": "months", "label": "受けられる月"} in answer["missing"]


def test_autosave_shows_both_versions_and_loses_neither():
    draft = made.draft()
    first = contact_client(draft)
    second = signed_in(member(Role.CONTACT, draft.municipality))
    url = reverse("application-save", args=[draft.pk])
    assert first.post(url, form_data(draft, aims="一人目", months=["7"])).status_code == 200
    response = second.post(url, form_data(draft, aims="二人目", months=["8", "9"], contact_phone="0195"))
    assert response.status_code == 409
    answer = response.json()
    rows = {row["field"]: row for row in answer["conflict"]}
    assert set(rows) == {"aims", "months"}
    assert (rows["aims"]["theirs"], rows["aims"]["mine"]) == ("一人目", "二人目")
    assert (rows["months"]["theirs"], rows["months"]["theirs_text"]) == (["7"], "7月")
    assert rows["aims"]["by"] == made.contact_of(draft.municipality).name
    draft.refresh_from_db()
    assert draft.aims == "一人目"
    mine = form_data(draft, aims="二人目", months=["8", "9"], contact_phone="0195", version=answer["version"])
    assert second.post(url, mine).status_code == 200
    draft.refresh_from_db()
    assert (draft.aims, draft.contact_phone) == ("二人目", "0195")


def test_without_scripts_a_conflict_shows_both_and_keeps_the_form():
    draft = made.draft()
    client = contact_client(draft)
    services.save_draft(
        draft,
        {"aims": "先の人"},
        actor=made.acting(member(Role.CONTACT, draft.municipality)),
        revision=1,
        now=timezone.now(),
    )
    response = client.post(edit_url(draft), form_data(draft, aims="あとの人", act="submit"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "先の人" in page
    assert page.count("あとの人") == 2
    draft.refresh_from_db()
    assert (draft.state, draft.aims) == ("draft", "先の人")
    assert 'name="version" value="2"' in page


def test_a_draft_survives_the_closing_of_its_call():
    draft = made.draft()
    perform("close", draft.call, made.acting(office()))
    client = contact_client(draft)
    assert client.post(edit_url(draft), form_data(draft, act="save")).status_code == 302
    response = client.post(edit_url(draft), form_data(draft, act="submit", version=2))
    assert response.status_code == 422
    assert "この募集の受付は終わりました" in response.content.decode()


def test_autosave_of_something_sent_meanwhile_is_gone():
    application = made.submitted()
    response = contact_client(application).post(
        reverse("application-save", args=[application.pk]), form_data(application, aims="あとから")
    )
    assert response.status_code == 410


def test_wishes_are_chosen_ordered_and_dropped_by_buttons():
    draft = made.draft()
    first, second = AdvisorFactory(), AdvisorFactory()
    client = contact_client(draft)
    wishes = ""
    for act, expected in (
        (f"add:{first.pk}", [first.pk]),
        (f"add:{second.pk}", [first.pk, second.pk]),
        (f"first:{second.pk}", [second.pk, first.pk]),
        (f"remove:{second.pk}", [first.pk]),
    ):
        draft.refresh_from_db()
        data = form_data(draft, months=["7", "9", "10"], act=act, wishes=wishes)
        response = client.post(edit_url(draft), data)
        assert response.url.endswith("#p5")
        assert [wish.advisor_id for wish in draft.wishes.all()] == expected
        wishes = ",".join(map(str, expected))
    assert "第1希望" in client.get(edit_url(draft)).content.decode()


@pytest.mark.parametrize("wishes", ["999999", "x", "{0},{0}", "{0},{1},{2},{3}", "{4}"])
def test_impossible_wishes_are_refused(wishes):
    draft = made.draft()
    ids = [AdvisorFactory().pk for _number in range(4)] + [AdvisorFactory(employer=draft.municipality).pk]
    response = contact_client(draft).post(edit_url(draft), form_data(draft, wishes=wishes.format(*ids)))
    assert response.status_code == 422
    assert not draft.wishes.exists()


# --- submitting -------------------------------------------------------------------------------------------


def test_a_double_click_submits_once():
    application = made.filled()
    client = contact_client(application)
    data = form_data(application, act="submit", idempotency_key="one-form")
    first, again = client.post(edit_url(application), data), client.post(edit_url(application), data)
    assert first.url == again.url == application.get_absolute_url()
    assert Event.objects.filter(type="application.submit").count() == 1


def test_an_early_submit_gives_the_sentences_and_saves_what_was_typed():
    draft = made.draft()
    data = form_data(draft, act="submit", months=["7"], aims="短い")
    response = contact_client(draft).post(edit_url(draft), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "受けられる月があと2つ要ります" in page
    assert f'href="{edit_url(draft)}#id_months"' in page
    draft.refresh_from_db()
    assert (draft.state, draft.aims) == ("draft", "短い")


def test_an_expired_sign_in_keeps_the_form():
    application = made.filled()
    client = contact_client(application)
    client.logout()
    response = client.post(edit_url(application), form_data(application, aims="失われない文"))
    assert "/accounts/login/" in response.url
    client.force_login(made.contact_of(application.municipality))
    assert "失われない文" in client.get("/accounts/resume/").content.decode()


def test_html_in_names_is_text():
    evil = "<script>alert(1)</script>"
    application = made.submitted(contact_name=evil, approver_name=evil, aims=evil + made.AIMS)
    page = signed_in(office()).get(application.get_absolute_url()).content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


# --- approving --------------------------------------------------------------------------------------------


def link_path(application) -> str:
    row = Outbox.objects.filter(address=application.approver_email).latest("pk")
    return re.search(r"/l/[^/\s]+/", row.body)[0]


def test_the_link_shows_first_and_acts_once():
    application = made.issued()
    path = link_path(application)
    client = Client()
    for _again in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert f"{path}file/" in page.content.decode()
    application.refresh_from_db()
    assert not application.has_consent
    done = client.post(path, {"act": "consent"})
    assert "承認しました" in done.content.decode()
    application.refresh_from_db()
    assert (application.has_consent, application.consented_by) == (True, "手本 一郎")
    assert client.post(path, {"act": "consent"}).status_code == 410
    assert client.get(application.get_absolute_url()).status_code == 302


def test_the_link_sends_it_back_with_a_reason_and_stays_open_without_one():
    application = made.issued()
    client = Client()
    refused = client.post(link_path(application), {"act": "object", "reason": " "})
    assert refused.status_code == 422
    assert SignedLink.objects.get().used_at is None
    done = client.post(link_path(application), {"act": "object", "reason": "課の数が違います"})
    assert "差し戻しました" in done.content.decode()
    application.refresh_from_db()
    assert (application.state, application.office_comment) == ("returned", "課の数が違います")


def test_a_link_to_an_older_paper_does_not_consent_to_the_newer():
    application = made.issued()
    Application.objects.filter(pk=application.pk).update(issued_hash="d" * 64)
    client, path = Client(), link_path(application)
    assert "新しくなっています" in client.get(path).content.decode()
    assert client.post(path, {"act": "consent"}).status_code == 422
    application.refresh_from_db()
    assert not application.has_consent


def test_the_approver_with_an_account_consents_on_the_page():
    application = made.issued()
    client = signed_in(made.approver_of(application.municipality))
    page = client.get(application.get_absolute_url()).content.decode()
    assert f'value="{made.PAPER}"' in page
    url = reverse("transition", args=["application", application.pk, "consent"])
    assert client.post(url, {"document_hash": made.PAPER, "idempotency_key": "k"}).status_code == 302
    application.refresh_from_db()
    assert application.has_consent


# --- reading ----------------------------------------------------------------------------------------------


def test_the_page_of_the_office_has_decisions_and_the_messages_that_went_out():
    application = made.consented()
    page = signed_in(office()).get(application.get_absolute_url()).content.decode()
    for word in ("受理する", "差し戻す", "順番待ちにする", "見送る", "優先度を決める", made.APPROVER):
        assert word in page
    assert "/l/" not in page


def test_a_missing_consent_is_said_where_the_button_would_be():
    application = made.issued()
    page = signed_in(office()).get(application.get_absolute_url()).content.decode()
    assert "町の承認がまだです" in page
    assert reverse("transition", args=["application", application.pk, "accept"]) not in page


def test_empty_answers_are_said_in_words():
    application = made.submitted()
    assert "(記入なし)" in contact_client(application).get(application.get_absolute_url()).content.decode()


def test_a_returned_application_leads_back_to_the_form():
    application = made.submitted()
    perform("return", application, made.acting(office()), comment="建物の数を確かめてください")
    client = contact_client(application)
    page = client.get(application.get_absolute_url()).content.decode()
    assert "建物の数を確かめてください" in page
    assert edit_url(application) in page
    assert client.get(edit_url(application)).status_code == 200


def test_the_list_filters_by_state_and_ignores_an_unknown_one():
    draft, sent = made.draft(), made.submitted()
    client = signed_in(office())
    page = client.get(reverse("applications"), {"state": "submitted"}).content.decode()
    assert sent.reference in page
    assert draft.reference not in page
    assert draft.reference in client.get(reverse("applications"), {"state": "'x"}).content.decode()
    undecided = client.get(reverse("applications")).content.decode()
    assert sent.reference in undecided
    assert draft.reference not in undecided
    assert PER_PAGE == 50


def test_lists_cost_the_same_at_one_and_three_rows():
    client = signed_in(office())
    advisor = AdvisorFactory()

    def one(number):
        made.submitted(
            now=timezone.now() - timedelta(minutes=number), leave_to_office=False, wishes=[advisor.pk]
        )

    def count(path):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    one(1)
    count(reverse("applications"))
    paths = [reverse("applications"), "/api/v1/applications/", Application.objects.get().get_absolute_url()]
    before = [count(path) for path in paths]
    one(2)
    one(3)
    assert [count(path) for path in paths] == before
    assert before[0] <= 8
