"""Starting, writing, submitting, approving and deciding, through services and the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.entry.models import TrustedDomain
from accounts.models import Membership, Role, SignedLink, User
from engagements.applications import people, services
from engagements.applications.drafts import DraftConflict
from engagements.applications.models import Application, Call
from engagements.applications.selectors import history, messages, place
from tests.factories import applications as made
from tests.factories import entry
from tests.factories.engagements import member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import SYSTEM, perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Event, Outbox, Span

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)


def office_actor():
    return made.acting(office())


def contact(application):
    return made.acting(made.contact_of(application.municipality))


def mails(event_type):
    return list(Outbox.objects.filter(kind="mail", event__type=event_type).order_by("pk"))


def turn(application):
    return Span.objects.get(stream=application.stream, left_at=None)


# --- starting ---------------------------------------------------------------------------------------------


def test_seeding_the_call_twice_gives_the_one_open_rolling_call():
    first, again = made.call(NOW), services.seed_call(NOW)
    assert first.pk == again.pk
    assert (first.state, first.closes_at, first.fiscal_year) == ("open", None, 2026)


def test_a_draft_is_prefilled_from_registry_and_account():
    town = MunicipalityFactory()
    person = made.contact_of(town)
    Membership.objects.filter(user=person).update(section="情報政策課")
    draft = made.draft(town=town, now=NOW)
    assert draft.municipality_name == town.full_name
    assert (draft.contact_name, draft.contact_email) == (person.name, person.email)
    assert draft.contact_section == "情報政策課"
    assert (draft.reference, draft.received_at) == ("A8-0001", None)
    assert not draft.typed_by_office


def test_a_second_start_opens_the_first_draft():
    town = MunicipalityFactory()
    assert made.draft(town=town).pk == made.draft(town=town).pk
    assert Application.objects.count() == 1


def test_another_towns_contact_can_not_start():
    with pytest.raises(NotAllowed):
        services.start(
            made.call(),
            MunicipalityFactory(),
            actor=made.acting(member(Role.CONTACT, MunicipalityFactory())),
            now=NOW,
        )


def test_a_closed_call_starts_nothing_and_a_reopened_one_does():
    town, call = MunicipalityFactory(), made.call(NOW)
    actor = made.acting(made.contact_of(town))
    perform("close", call, office_actor())
    with pytest.raises(GuardsUnmet):
        services.start(call, town, actor=actor, now=NOW)
    perform("reopen", call, office_actor(), reason="締切を延ばすため")
    assert services.start(call, town, actor=actor, now=NOW).state == "draft"


# --- writing ----------------------------------------------------------------------------------------------


def test_saving_raises_the_revision_only_when_something_changed():
    draft = made.draft()
    saved = services.save_draft(draft, {"aims": "あ"}, actor=contact(draft), revision=1, now=NOW)
    again = services.save_draft(draft, {"aims": "あ"}, actor=contact(draft), revision=2, now=NOW)
    assert (saved.revision, again.revision) == (2, 2)


def test_two_people_meet_only_where_they_disagree_and_nothing_is_written_then():
    draft = made.draft()
    first = contact(draft)
    second = made.acting(member(Role.CONTACT, draft.municipality, name="見本 次郎"))
    services.save_draft(draft, {"aims": "一人目", "mode": "online"}, actor=first, revision=1, now=NOW)
    with pytest.raises(DraftConflict) as caught:
        services.save_draft(
            draft,
            {"aims": "二人目", "mode": "online", "contact_phone": "0195"},
            actor=second,
            revision=1,
            now=NOW,
        )
    (item,) = caught.value.differences
    assert (item.field, item.theirs, item.mine, item.by, item.at) == (
        "aims",
        "一人目",
        "二人目",
        first.name,
        NOW,
    )
    draft.refresh_from_db()
    assert (draft.aims, draft.contact_phone, draft.revision) == ("一人目", "", 2)
    merged = services.save_draft(draft, {"contact_phone": "0195"}, actor=second, revision=1, now=NOW)
    assert (merged.aims, merged.contact_phone) == ("一人目", "0195")


@pytest.mark.parametrize("revision", [0, 99])
def test_a_revision_that_never_was_is_refused(revision):
    draft = made.draft()
    with pytest.raises(BadInput):
        services.save_draft(draft, {"aims": "x"}, actor=contact(draft), revision=revision, now=NOW)


def test_a_submitted_application_is_not_written_any_more():
    application = made.submitted()
    with pytest.raises(WrongState):
        services.save_draft(
            application, {"aims": "x"}, actor=contact(application), revision=application.revision, now=NOW
        )


def test_the_office_writes_only_what_it_started():
    town_draft = made.draft()
    with pytest.raises(NotAllowed):
        services.save_draft(town_draft, {"aims": "x"}, actor=office_actor(), revision=1, now=NOW)


# --- submitting -------------------------------------------------------------------------------------------


def test_every_gap_is_a_sentence_with_an_anchor():
    draft = made.draft()
    with pytest.raises(GuardsUnmet) as caught:
        perform("submit", draft, contact(draft))
    fields = {item.url.partition("#id_")[2] for item in caught.value.unmet}
    assert {
        "life_events",
        "months",
        "mode",
        "aims",
        "q_buildings",
        "approver_name",
        "approver_email",
    } <= fields
    assert all(str(item.sentence).endswith("。") for item in caught.value.unmet)
    draft.refresh_from_db()
    assert (draft.state, draft.received_at) == ("draft", None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"aims": "転入の方が5つの課を回っている。"}, "あと24字"),
        ({"months": [7, 9]}, "あと1つ"),
        ({"approver_email": "MIHON@town.example.test"}, "別の方"),
        ({"q_buildings": None}, "窓口のある建物の数"),
        ({"contact_name": "  "}, "担当者のお名前"),
    ],
)
def test_one_gap_is_enough_to_wait(changes, words):
    application = made.filled(**changes)
    with pytest.raises(GuardsUnmet) as caught:
        perform("submit", application, contact(application))
    (item,) = caught.value.unmet
    assert words in str(item.sentence)


def test_zero_buildings_is_an_answer():
    assert made.submitted(q_buildings=0).state == "submitted"


def test_submission_sets_the_time_once_by_the_server_and_tells_the_office():
    person = office()
    application = made.submitted(now=NOW)
    assert application.received_at == NOW
    (mail,) = [row for row in mails("application.submit") if row.address == person.email]
    assert mail.subject.startswith("9月11日(金)までに、申込を確認してください")
    assert turn(application).turn_role == "secretariat"


def test_the_town_gets_a_receipt_of_what_it_submitted():
    """Its number, when it was received, what comes next and by when; the one who pressed the button too."""
    office()
    application = made.submitted(now=NOW)
    contacts = User.objects.filter(
        memberships__municipality=application.municipality, memberships__role="contact"
    )
    (mail,) = [row for row in mails("application.submit") if row.address == contacts.get().email]
    assert mail.subject == f"申込を受け付けました({application.reference}、{application.municipality_name})"
    for words in (
        f"受付番号: {application.reference}\n",
        "受付の日時: 9月1日(火) 12:00\n",
        f"次は、承認する方({application.approver_name}さん)の承認です。",
        "事務局は9月11日(金)までに申込を確認します。",
        "期限: 9月11日(金)\n",
        "いま行うことはありません。",
    ):
        assert words in mail.body
    perform("return", application, office_actor(), now=NOW, comment="建物の数を確かめてください")
    perform("submit", application, contact(application), now=NOW + timedelta(days=1))
    assert "受付の日時: 9月1日(火) 12:00\n" in mails("application.submit")[-1].body


def test_a_receipt_goes_to_the_address_on_the_application_where_nobody_has_an_account():
    application = made.filled()
    Application.objects.filter(pk=application.pk).update(typed_by_office=True)
    Membership.objects.all().delete()
    perform(
        "enter",
        application,
        office_actor(),
        now=NOW,
        arrived_at=NOW - timedelta(days=2),
        reason="郵送で届いた",
    )
    (mail,) = mails("application.enter")
    assert mail.address == application.contact_email
    assert mail.body.startswith(f"{application.municipality.full_name} {application.contact_section}\n")
    assert f"{application.contact_name} 様\n" in mail.body
    assert "受付の日時: 8月30日(日) 12:00\n" in mail.body


def test_approver_and_contact_get_a_receipt_of_the_consent():
    person = office()
    application = made.consented(now=NOW)
    receipts = [row for row in mails("application.consent") if row.address != person.email]
    contact_address = User.objects.get(memberships__role="contact").email
    assert sorted(row.address for row in receipts) == sorted({application.approver_email, contact_address})
    for row in receipts:
        assert row.subject.startswith(f"申込の承認を受け付けました({application.reference}、")
        assert f"{application.consented_by}さんが、" in row.body
        assert "期限: 9月11日(金)\n" in row.body
        assert f"番号: {application.reference}\n" in row.body


def test_a_return_keeps_the_time_within_the_days_and_not_later():
    for gap, kept in ((14, True), (15, False)):
        application = made.submitted(now=NOW)
        perform("return", application, office_actor(), now=NOW, comment="建物の数を確かめてください")
        later = NOW + timedelta(days=gap)
        perform("submit", application, contact(application), now=later)
        assert application.received_at == (NOW if kept else later)


def test_a_returned_application_comes_back_though_the_call_is_closed():
    application = made.submitted(now=NOW)
    perform("return", application, office_actor(), now=NOW, comment="直してください")
    perform("close", Call.objects.get(), office_actor(), now=NOW)
    perform("submit", application, contact(application), now=NOW + timedelta(days=14))
    assert application.state == "submitted"


def test_a_withdrawn_one_does_not_keep_its_time():
    application = made.submitted(now=NOW)
    perform("withdraw", application, contact(application), now=NOW)
    perform("restore", application, contact(application), now=NOW, reason="間違えて押した")
    assert (application.state, application.received_at) == ("draft", None)
    later = NOW + timedelta(days=1)
    perform("submit", application, contact(application), now=later)
    assert application.received_at == later


def test_restoring_waits_while_a_newer_application_lives():
    town = MunicipalityFactory()
    application = made.submitted(town=town)
    perform("withdraw", application, contact(application))
    newer = made.draft(town=town)
    assert newer.pk != application.pk
    with pytest.raises(GuardsUnmet):
        perform("restore", application, contact(application), reason="戻したい")


def test_the_office_types_for_a_town_with_the_time_at_which_it_arrived():
    call, town, person = made.call(NOW), MunicipalityFactory(), office_actor()
    draft = services.start(call, town, actor=person, now=NOW)
    assert draft.typed_by_office
    services.save_draft(draft, made.complete(), actor=person, revision=1, now=NOW)
    arrived = NOW - timedelta(days=3)
    for wrong in (NOW + timedelta(hours=1), call.opens_at - timedelta(days=1)):
        with pytest.raises(BadInput):
            services.enter_for_town(draft, actor=person, arrived_at=wrong, reason="郵送", now=NOW)
    services.enter_for_town(draft, actor=person, arrived_at=arrived, reason="郵送で届いたため", now=NOW)
    assert (draft.state, draft.received_at) == ("submitted", arrived)


def test_places_follow_the_priority_and_then_the_receipt_time():
    second = made.submitted(now=NOW + timedelta(hours=1))
    first = made.submitted(now=NOW)
    assert [place(row).number for row in (first, second)] == [1, 2]
    assert place(first).waiting == 2
    assert place(made.draft()) is None
    perform("prioritise", second, office_actor(), now=NOW, priority=3, reason="庁舎の移転が近い")
    assert [place(row).number for row in (first, second)] == [2, 1]
    assert place(second).counted == []


def test_the_day_of_the_result_is_the_offices_day_for_deciding():
    application = made.submitted(now=NOW)
    days = application.call.programme.review_days
    assert place(application).decided_by == timezone.localdate(NOW) + timedelta(days=days)


# --- the approver -----------------------------------------------------------------------------------------


def test_the_paper_brings_the_approver_a_link_bound_to_its_hash():
    application = made.issued(now=NOW)
    (mail,) = mails("application.issue")
    link = SignedLink.objects.get()
    assert mail.address == made.APPROVER == link.address
    assert (link.purpose, link.role, link.scope) == ("consent", "approver", f"application:{application.pk}")
    assert link.version == application.issued_hash == made.PAPER
    assert "/l/" in mail.body
    assert mail.subject.startswith("9月15日(火)までに、申込の承認をお願いします")
    assert turn(application).turn_role == "approver"


def test_the_same_paper_again_and_a_paper_that_came_too_late_do_nothing():
    application = made.issued()
    assert services.attach_issued(application, 1, made.PAPER, timezone.now()) is None
    perform("withdraw", application, contact(application))
    assert services.attach_issued(application, 2, "b" * 64, timezone.now()) is None
    assert Event.objects.filter(type="application.issue").count() == 1


def test_a_domain_vouches_only_where_the_office_entered_it_for_that_town():
    """Not one that a contact's address happens to have, not another town's, not one taken away."""
    town, other = MunicipalityFactory(), MunicipalityFactory()
    member(Role.CONTACT, town, email="who@gmail.example.test")
    entry.trust(other, "other.example.test")
    entry.trust(town, "old.example.test")
    TrustedDomain.objects.filter(domain="old.example.test").update(removed_at=timezone.now())
    application = made.filled(town=town)

    def known(address):
        application.approver_email = address
        return people.approver_is_known(application, on=timezone.localdate())

    entry.trust(town, "town.example.test")
    assert known("kacho@town.example.test")
    unknown = ("kacho@gmail.example.test", "kacho@other.example.test", "kacho@old.example.test")
    assert not any(known(address) for address in unknown)
    assert not known("who@gmail.example.test")
    entry.trust(town, "gmail.example.test")
    assert known("kacho@gmail.example.test")
    assert not known("who@gmail.example.test")


def test_an_approver_outside_the_towns_domain_waits_for_the_office():
    application = made.issued(approver_email="kacho@elsewhere.example.test")
    assert not mails("application.issue")
    with pytest.raises(GuardsUnmet):
        perform("resend", application, contact(application))
    perform("confirm_approver", application, office_actor(), reason="電話で確かめた")
    (mail,) = mails("application.confirm_approver")
    assert mail.address == "kacho@elsewhere.example.test"


def test_accepting_waits_for_consent_to_the_very_paper():
    application = made.issued()
    with pytest.raises(GuardsUnmet):
        perform("accept", application, office_actor())
    approver = made.acting(made.approver_of(application.municipality))
    with pytest.raises(BadInput):
        perform("consent", application, approver, document_hash="0" * 64)
    perform("consent", application, approver, document_hash=made.PAPER)
    assert application.consented_by == approver.name
    services.attach_issued(application, 2, "c" * 64, timezone.now())
    application.refresh_from_db()
    assert not application.has_consent
    with pytest.raises(GuardsUnmet):
        perform("accept", application, office_actor())


def test_who_wrote_it_can_not_approve_it():
    application = made.issued()
    writer = made.contact_of(application.municipality)
    Membership.objects.create(user=writer, role=Role.APPROVER, municipality=application.municipality)
    with pytest.raises(BadInput):
        perform("consent", application, made.acting(writer), document_hash=made.PAPER)


def test_an_objection_takes_consent_back_and_tells_the_contact_why():
    application = made.consented(now=NOW)
    approver = made.acting(made.approver_of(MunicipalityFactory()))
    with pytest.raises(NotAllowed):
        perform("object", application, approver, reason="x")
    own = member(Role.APPROVER, application.municipality)
    perform("object", application, made.acting(own), now=NOW, reason="課の数が違います")
    assert (application.state, application.has_consent, application.comment_by) == (
        "returned",
        False,
        "approver",
    )
    (mail,) = mails("application.object")
    assert "課の数が違います" in mail.body
    assert mail.subject.startswith("9月15日(火)までに、申込を直して提出してください")


def test_a_resubmission_forgets_the_old_paper():
    application = made.issued()
    perform("return", application, office_actor(), comment="直してください")
    perform("submit", application, contact(application))
    assert (application.issued_document, application.issued_hash) == (None, "")


# --- deciding ---------------------------------------------------------------------------------------------


def test_decisions_are_told_and_their_reversal_is_not():
    application = made.consented()
    person = office_actor()
    for name, data in (("waitlist", {"comment": ""}), ("accept", {})):
        perform(name, application, person, **data)
        assert len(mails(f"application.{name}")) == 1
    perform("reconsider", application, person, reason="枠の数え違い")
    perform("decline", application, person, comment="今年度の枠がありません")
    assert "今年度の枠がありません" in mails("application.decline")[0].body
    perform("reconsider", application, person, reason="枠が空いた")
    assert not mails("application.reconsider")
    assert application.state == "submitted"
    assert application.has_consent


@pytest.mark.parametrize("name", ["reconsider", "unreturn", "unmatch", "restore"])
def test_a_reverse_needs_a_reason(name):
    state = {"reconsider": "accepted", "unreturn": "returned", "unmatch": "matched", "restore": "withdrawn"}[
        name
    ]
    application = made.submitted()
    Application.objects.filter(pk=application.pk).update(state=state)
    application = Application.objects.get(pk=application.pk)
    actor = {"unmatch": SYSTEM, "restore": contact(application)}.get(name) or office_actor()
    with pytest.raises(BadInput) as caught:
        perform(name, application, actor, reason=" ")
    assert "reason" in caught.value.fields


def test_a_return_can_be_taken_back_until_the_town_rewrites():
    application = made.submitted(now=NOW)
    person = office_actor()
    perform("return", application, person, now=NOW, comment="直してください")
    perform("unreturn", application, person, now=NOW, reason="読み違い")
    assert (application.state, application.office_comment, application.received_at) == ("submitted", "", NOW)
    perform("return", application, person, now=NOW, comment="直してください")
    later = NOW + timedelta(minutes=1)
    services.save_draft(
        application,
        {"aims": made.AIMS + "!"},
        actor=contact(application),
        revision=application.revision,
        now=later,
    )
    with pytest.raises(GuardsUnmet):
        perform("unreturn", application, person, now=later, reason="読み違い")


@pytest.mark.parametrize("priority", [-1, 4, "x", None])
def test_an_impossible_priority_is_refused(priority):
    application = made.submitted()
    with pytest.raises(BadInput):
        perform("prioritise", application, office_actor(), priority=priority, reason="計画がある")
    application.refresh_from_db()
    assert application.priority == 0


def test_the_town_does_not_learn_of_priorities_nor_of_who_in_the_office_decided():
    secretary = office()
    application = made.submitted()
    perform("prioritise", application, made.acting(secretary), priority=3, reason="秘密の理由")
    perform("return", application, made.acting(secretary), comment="直してください")
    lines = " ".join(
        f"{entry.who} {entry.what} {entry.note}" for entry in history(application, contact(application))
    )
    assert "直してください" in lines
    assert "事務局が" in lines
    assert "優先度" not in lines
    assert "秘密の理由" not in lines
    assert secretary.name not in lines
    assert secretary.email not in {row.address for row in messages(application, contact(application))}
    whole = history(application, made.acting(secretary))
    assert any(entry.note == "秘密の理由" for entry in whole)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "waitlisted", "accepted"])
def test_the_town_withdraws_from_every_state_that_is_not_final(state):
    application = made.filled()
    Application.objects.filter(pk=application.pk).update(state=state)
    application = Application.objects.get(pk=application.pk)
    perform("withdraw", application, contact(application))
    assert application.state == "withdrawn"


def test_matching_is_the_systems_and_goes_back_with_a_reason():
    application = made.accepted()
    with pytest.raises(NotAllowed):
        perform("match", application, office_actor())
    perform("match", application, SYSTEM)
    assert application.state == "matched"
    with pytest.raises(WrongState):
        perform("withdraw", application, contact(application))
    perform("unmatch", application, SYSTEM, reason="アドバイザーの都合")
    assert (application.state, application.engagement_id) == ("accepted", None)
