"""The retention table: of each line, what goes and what stays; the command, the event, the steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from accounts import links, uploads
from accounts.models import ApiToken, FormDraft, Preview, SignedLink, Tally
from accounts.standings import actor_for
from engagements.documents.models import Document
from engagements.survey.models import Survey, SurveyVersion, WrongPin
from engagements.survey.recorder import passes
from tests.factories.engagements import EngagementFactory, actor, contact_of, office
from tests.factories.survey import SurveyFactory
from workflow import Mail, audit, authority, outbox, retention, sweep
from workflow.models import Event, EventPersonal, IdempotencyKey, Lease, Outbox

pytestmark = pytest.mark.django_db
NOW = timezone.now()
Pair = tuple[Any, Any]


def ago(**days: int) -> datetime:
    return NOW - timedelta(**days)


def sessions() -> Pair:
    made = [Session(session_key=key, session_data="x", expire_date=end) for key, end in _ends()]
    return tuple(Session.objects.bulk_create(made))  # type: ignore[return-value]


def _ends() -> list[tuple[str, datetime]]:
    return [("over", ago(hours=1)), ("runs", NOW + timedelta(hours=1))]


def keys() -> Pair:
    made = {"actor_key": "user:1", "fingerprint": "f", "status": 302, "body": "/somewhere/"}
    rows = (IdempotencyKey(key=str(days), created_at=ago(days=days), **made) for days in (8, 6))
    return tuple(IdempotencyKey.objects.bulk_create(rows))  # type: ignore[return-value]


def mail_bodies() -> Pair:
    mails = [Mail(f"{name}@town.example.test", "件名", "/l/secret/") for name in ("sent", "waiting")]
    old, waiting = outbox.put(mails, event=None, now=NOW)
    Outbox.objects.filter(pk=old.pk).update(state="done", done_at=NOW)
    return old, waiting


def signed_links() -> Pair:
    def made(name: str) -> SignedLink:
        return links.issue(
            purpose="consent", role="approver", scope=name, address="a@town.example.test", now=NOW
        )[0]

    old, fresh = made("old"), made("fresh")
    SignedLink.objects.filter(pk=old.pk).update(used_at=ago(days=181), expires_at=ago(days=170))
    SignedLink.objects.filter(pk=fresh.pk).update(used_at=ago(days=1))
    return old, fresh


def previews() -> Pair:
    person = actor_for(office())
    rows = [Preview.objects.get(name=uploads.keep(person, data)) for data in (b"old", b"new")]
    Preview.objects.filter(pk=rows[0].pk).update(kept_at=ago(hours=2))
    assert [uploads.find(person, row.name) for row in rows] == [None, b"new"]
    return tuple(rows)  # type: ignore[return-value]


def drafts() -> Pair:
    made = {"owner": "user:1", "page": "p", "writing": "w", "values": []}
    rows = [FormDraft(form=str(days), saved_at=ago(days=days), **made) for days in (61, 59)]
    return tuple(FormDraft.objects.bulk_create(rows))  # type: ignore[return-value]


def saved(survey: Survey, source: str, **changes: Any) -> SurveyVersion:
    last = survey.versions.latest("number")
    values = {"number": last.number + 1, "content": last.content, "created_at": ago(days=400)} | changes
    return SurveyVersion.objects.create(survey=survey, source=source, **values)


def survey_versions() -> Pair:
    survey = SurveyFactory()
    imported = survey.versions.get()
    goes, *stay = (
        saved(survey, "grid"),
        saved(survey, "grid", reason="聞き違い"),
        saved(survey, "grid", created_at=ago(days=300)),
        saved(survey, "recorder"),
        cited := saved(survey, "grid"),
        saved(survey, "grid"),  # what the correction was made of
        saved(survey, "timeline"),
        saved(survey, "prepared"),  # the newest
    )
    Document.objects.create(
        kind="survey-report",
        subject=survey.reference,
        version=1,
        engagement_id=survey.engagement_id,
        snapshot={"source": f"https://m.example/surveys/{survey.pk}/records/?version={cited.number}"},
        requested_at=NOW,
    )
    retention_of = set(SurveyVersion.objects.filter(pk__in=[row.pk for row in stay]))
    assert len(retention_of) == len(stay)
    return goes, [imported, *stay]


def refused_tries() -> Pair:
    person = actor_for(office())
    for days in (181, 179):
        authority.log_refusal(person, "plan.view", f"plan:{days}", now=ago(days=days))
    old, fresh = EventPersonal.objects.filter(event__type="security.refused").order_by("event__pk")
    return old, fresh


def api_tokens() -> Pair:
    person = office()
    made = [ApiToken(user=person, token_hash=str(days), expires_at=ago(days=days)) for days in (31, 29)]
    return tuple(ApiToken.objects.bulk_create(made))  # type: ignore[return-value]


def jobs() -> Pair:
    made = [
        Task(id=str(days), name="n", func="f", started=ago(days=days), stopped=ago(days=days))
        for days in (31, 29)
    ]
    return tuple(Task.objects.bulk_create(made))  # type: ignore[return-value]


def tallies() -> Pair:
    made = [Tally(limit="x", who=str(end), since=ago(days=1), until=end) for _key, end in _ends()]
    return tuple(Tally.objects.bulk_create(made))  # type: ignore[return-value]


def wrong_pins() -> Pair:
    survey = SurveyFactory()
    day = passes.open_day(survey, actor=actor(contact_of(survey.engagement)), now=NOW)
    made = [WrongPin(day=day, device="", at=ago(days=days)) for days in (2, 0)]
    return tuple(WrongPin.objects.bulk_create(made))  # type: ignore[return-value]


MAKERS: dict[str, Callable[[], Pair]] = {
    "sessions": sessions,
    "idempotency-keys": keys,
    "mail-bodies": mail_bodies,
    "signed-links": signed_links,
    "previews": previews,
    "drafts": drafts,
    "survey-versions": survey_versions,
    "refused-tries": refused_tries,
    "api-tokens": api_tokens,
    "jobs": jobs,
    "tallies": tallies,
    "wrong-pins": wrong_pins,
}


def is_there(row: Any) -> bool:
    """Whether the row stands as it was made; a mail, with its text."""
    found = type(row)._base_manager.filter(pk=row.pk)
    return bool(found.exclude(body="").exists() if isinstance(row, Outbox) else found.exists())


def test_every_line_of_the_table_has_its_test() -> None:
    assert {rule.name for rule in retention.table()} == set(MAKERS)


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_over_goes_and_the_rest_stays(name: str) -> None:
    goes, stays = MAKERS[name]()
    kept = stays if isinstance(stays, list) else [stays]
    assert retention.due(NOW)[name] == 1
    assert is_there(goes)
    assert retention.carry_out(NOW) == ({name: 1}, True)
    assert not is_there(goes)
    assert [is_there(row) for row in kept] == [True] * len(kept)
    event = Event.objects.get(type="retention.carried_out")
    assert f'"data":{{"{name}":1}}' in event.canonical
    assert audit.faults() == [], "the chain is whole, also without the names of refused tries"
    assert retention.carry_out(NOW) == ({}, True)
    assert Event.objects.filter(type="retention.carried_out").count() == 1, "no event for nothing"


def test_a_mail_that_was_sent_keeps_no_link() -> None:
    row = outbox.put(
        [Mail("a@town.example.test", "件名", "https://m.example/l/secret/")], event=None, now=NOW
    )[0]
    assert outbox.deliver(row.pk) is True
    row.refresh_from_db()
    assert (row.body, row.subject, row.address) == ("", "件名", "a@town.example.test")


def test_the_command_shows_first_and_then_does() -> None:
    sessions()
    for option, words in (("--dry-run", "sessions: 1 would be deleted"), ("", "sessions: 1 deleted")):
        out = StringIO()
        call_command("retention", *([option] if option else []), stdout=out)
        assert words in out.getvalue()
        assert Session.objects.count() == (2 if option else 1)


def test_the_sweep_does_it_once_a_day_in_small_steps() -> None:
    many = retention.STEP * retention.MOST_STEPS + 1
    made = (
        Session(session_key=str(number), session_data="", expire_date=ago(days=1)) for number in range(many)
    )
    Session.objects.bulk_create(made, batch_size=5000)
    passes = [sweep.run(NOW, "test") for _ in range(3)]
    assert [done["retention"] for done in passes if done] == [many - 1, 1, 0]
    assert Lease.objects.get(name=retention.LEASE).expires_at == NOW + retention.EVERY
    sessions()
    again = sweep.run(NOW + retention.EVERY + timedelta(seconds=1), "test")
    assert again
    assert again["retention"] == 2


def test_a_visitor_stores_no_more_than_a_form(client: Any) -> None:
    path = f"/do/engagement/{EngagementFactory().pk}/pause/"
    kept = client.post(path, {"reason": "長" * 30_000})
    assert kept.status_code == 302
    refused = client.post(path, {"reason": "長" * 40_000})
    assert (refused.status_code, "100KB" in refused.content.decode()) == (413, True)
    assert client.session["held_form"]["fields"] == [["reason", "長" * 30_000]]
