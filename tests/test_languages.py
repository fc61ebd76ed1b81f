"""Every letter, every word of the log and every transition's label in both languages.

A letter is rendered by the effect that declares it. Names, what people wrote and the form of dates are data: they stay as
they are. What is left must be in the reader's language.
"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.programme.models import Programme
from engagements.sessions.models import Session
from municipalities.models import Municipality, Prefecture
from tests.factories.applications import APPROVER, PAPER
from tests.factories.engagements import PersonFactory
from tests.factories.everything import everything
from tests.properties.typed import WORDS, good
from workflow.actors import SYSTEM
from workflow.doors import Step, all_rules, machines, perform, rules
from workflow.models import Event
from workflow.outbox import Mail

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

#: Kana and kanji; the middle dot is a bullet in English as well.
JAPANESE = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff]+")
#: A day as the service writes it in every language: 令和8年(2026年)9月3日(木).
DAY = re.compile(r"(\w\w\d*元?年)?(\(?\d{4}年\)?)?\d+月\d+日(\([月火水木金土日]\))?")
ADDRESS = re.compile(r"https?://[!-~]+|[!-~]+@[!-~]+|[0-9a-f]{12,}")
#: Three words in a row are a sentence, or the beginning of one.
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]+ [A-Za-z]+")

EFFECTS = [
    pytest.param(machine, rule.name, effect, id=f"{machine}.{rule.name}-{effect.__name__}")
    for machine, _model, rule in all_rules()
    for effect in rule.effects
    if "letters" in effect.__module__ or "mails" in effect.__module__ or "staffing" in effect.__module__
]


@pytest.fixture
def made():
    """A town whose things are all so far that somebody has to be written to about them."""
    made, now = everything(), timezone.now()
    Application.objects.update(
        received_at=now,
        returned_at=now,
        issued_hash=PAPER,
        issued_document=1,
        approver_email=APPROVER,
        approver_confirmed=APPROVER,
    )
    type(made.of["plan"]).objects.update(
        executive_email=APPROVER, executive_name="見本 太郎", issued_hash=PAPER
    )
    session, contact = Session.objects.get(pk=made.of["session"].pk), actor_for(made.people["contact"])
    perform(
        "propose",
        session,
        contact,
        **good(session, rules(Session)["propose"], now, lambda options: options[0]),
    )
    Session.objects.update(held_on=timezone.localdate(), logged_at=now)
    Programme.objects.update(town_yes=True)
    PersonFactory(email=made.of["registration"].email)
    return made


def names():
    """Everything that stands in the letters as somebody wrote it, the longest first."""
    found = {
        WORDS,
        "見本 太郎",
        "仮名 一子",
        "住民会計課",
        "本庁舎",
        "総務課",
        "町長",
        "よろしくお願いします。",
    }
    found |= {prefecture.name for prefecture in Prefecture.objects.all()}
    found |= {town.name for town in Municipality.objects.all()} | {user.name for user in User.objects.all()}
    for session in Session.objects.select_related("kind"):
        found |= {session.kind.name, session.kind.short_name}
    return sorted(found - {""}, key=len, reverse=True)


def letters(made, machine, name, effect, language):
    model = machines()[machine]
    User.objects.update(language=language)
    rule, now = rules(model)[name], timezone.now()
    model._base_manager.filter(pk=made.of[machine].pk).update(state=rule.sources[0])
    obj = model._base_manager.get(pk=made.of[machine].pk)
    step = Step(name, SYSTEM, now, now, good(obj, rule, now, lambda options: options[0]), rule.sources[0])
    step.note = {"side": "town", "was": [now, now + timedelta(hours=2), "onsite", "本庁舎"]}
    with translation.override(language):
        return [
            item
            for item in effect(obj, step, Event.objects.filter(stream=obj.stream).last())
            if isinstance(item, Mail)
        ]


def without_data(mail):
    text = ADDRESS.sub("", f"{mail.subject}\n{mail.body}")
    for name in names():
        text = text.replace(name, "")
    return DAY.sub("", text)


@pytest.mark.parametrize(("machine", "name", "effect"), EFFECTS)
def test_a_letter_is_whole_in_english_and_in_japanese(made, machine, name, effect):
    english = letters(made, machine, name, effect, "en")
    assert english
    assert [JAPANESE.findall(without_data(mail)) for mail in english] == [[]] * len(english)
    japanese = letters(made, machine, name, effect, "ja")
    assert [ENGLISH.findall(without_data(mail)) for mail in japanese] == [[]] * len(japanese)
    assert all(JAPANESE.search(without_data(mail)) for mail in japanese)


def words_of(model):
    """What the buttons, the API's transitions and the log say of a machine: labels, past tense, inputs, states."""
    for rule in rules(model).values():
        yield from (rule.label, rule.past)
        for spec in rule.inputs:
            yield from (spec.label, spec.help)
    yield from (label for _value, label in model._meta.get_field("state").flatchoices)


@pytest.mark.parametrize("machine", list(machines()))
def test_every_transition_is_named_in_both_languages(machine):
    words = list(words_of(machines()[machine]))
    with translation.override("en"):
        assert [str(word) for word in words if JAPANESE.search(str(word))] == []
    with translation.override("ja"):
        assert [str(word) for word in words if ENGLISH.search(str(word))] == []


@pytest.mark.parametrize(("language", "foreign"), [("en", JAPANESE), ("ja", ENGLISH)])
def test_the_log_page_is_in_the_readers_language(made, language, foreign):
    User.objects.update(language=language)
    client = Client(headers={"accept-language": language})
    client.force_login(made.people["auditor"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = language
    page = client.get("/oversight/log/").content.decode()
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    assert len(rows) > 10
    text = re.sub(r"<[^>]*>", " ", " ".join(rows))
    for name in names():
        text = text.replace(name, "")
    assert foreign.findall(DAY.sub("", text)) == []
