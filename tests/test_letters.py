"""Every letter that the service can write to anybody, in both languages, held against its frame.

The letters are those that register themselves (``accounts.letters.kinds``); a function that writes mails and does not
fails here. Names, what people wrote and the form of dates are data: they stay as they are. What is left must be in the
reader's language, whoever causes the letter and whichever language is active there.
"""

import ast
import re
import sys
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as installation
from django.utils import timezone, translation

from accounts import letters, sign_in_letters
from accounts.entry import letters as entry
from accounts.entry.models import TrustedDomain
from accounts.models import User
from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.journey import letters as journey
from engagements.programme.models import Programme
from engagements.rounds import mails as rounds
from engagements.rounds.matching import shortlists
from engagements.sections import letters as sections
from engagements.sessions import letters as sessions
from engagements.sessions.models import Session
from tests.factories.applications import APPROVER, PAPER
from tests.factories.engagements import PersonFactory
from tests.factories.everything import everything
from tests.once import built
from tests.properties.typed import WORDS, good
from tests.words import DAY, ENGLISH, JAPANESE, names
from workflow.actors import SYSTEM
from workflow.doors import Step, all_rules, machines, perform, rules
from workflow.models import Event
from workflow.outbox import Mail

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https?://[!-~]+|[!-~]+@[!-~]+|[0-9a-f]{12,}")
HASH = re.compile(r"\b[0-9a-f]{12,64}\b")
FACTS = {
    "ja": (r"ページ: (https?://\S+)", r"期限: (.+)", r"番号: (.+)"),
    "en": (r"Page: (https?://\S+)", r"By: (.+)", r"Number: (.+)"),
}
NONE = {"ja": "ありません", "en": "none"}
#: What helps to write letters and is no letter of its own.
HELPERS = {
    "accounts.letters.to",
    "accounts.sign_in_letters.from_library",
    "engagements.sessions.letters.write",
    "engagements.journey.staffing.tell_new_lead",
}


def by_effect():
    """The transitions whose effect a letter is."""
    found = {}
    for machine, _model, rule in all_rules():
        for effect in rule.effects:
            found.setdefault(f"{effect.__module__}.{effect.__name__}", []).append((machine, rule.name))
    return found


def called(function):
    """The letters that no transition declares: services, the sweep and other rooms ask for them."""
    return f"{function.__module__}.{function.__name__}"


RESET = {"password_reset_url": "http://127.0.0.1:8000/accounts/password/reset/key/1-a/"}
CONFIRM = {"activate_url": "http://127.0.0.1:8000/accounts/confirm-email/a/"}
OTHERS = {
    called(entry.to_confirm): lambda of, who, now: entry.to_confirm(of["registration"], now),
    called(entry.has_account): lambda of, who, now: entry.has_account(who["contact"]),
    called(entry.set_password): lambda of, who, now: entry.set_password(who["advisor"]),
    called(entry.invitation_mail): lambda of, who, now: entry.invitation_mail(of["invitation"], now),
    called(entry.successor_is_named): lambda of, who, now: entry.successor_is_named(of["handover"]),
    called(entry.successor_is_asked): lambda of, who, now: entry.successor_is_asked(
        who["contact"], of["municipality"].full_name, "/accounts/roles/1/hand-over/"
    ),
    called(sign_in_letters.way_in_changed): lambda of, who, now: [
        sign_in_letters.way_in_changed(who["contact"], words, now)
        for words in (
            sign_in_letters.TOKEN_ISSUED,
            sign_in_letters.OTHER_CHANGE[1],
            sign_in_letters.ADDRESS_CHANGED,
            *(what for _event, what in sign_in_letters.CHANGES.values()),
        )
    ],
    called(sign_in_letters.password_link): lambda of, who, now: sign_in_letters.from_library(
        "account/email/password_reset_key", who["contact"].email, RESET, who["contact"]
    ),
    called(sign_in_letters.unknown_account): lambda of, who, now: sign_in_letters.from_library(
        "account/email/unknown_account", "nobody@town.example.test", {}, None
    ),
    called(sign_in_letters.address_to_confirm): lambda of, who, now: sign_in_letters.from_library(
        "account/email/email_confirmation", who["contact"].email, CONFIRM, who["contact"]
    ),
    called(rounds.ask_advisor): lambda of, who, now: rounds.ask_advisor(of["offer"]),
    called(rounds.next_candidate): lambda of, who, now: rounds.next_candidate(
        of["offer"], [("仮名 一子", 62)], timezone.localdate()
    ),
    called(rounds.ask_employer_again): lambda of, who, now: rounds.ask_employer_again(of["offer"], now),
    called(shortlists.ranking_is_asked): lambda of, who, now: shortlists.ranking_is_asked(
        of["shortlist"], now
    ),
    called(sections.ask): lambda of, who, now: sections.ask(of["section_request"], now, timezone.localdate()),
    called(sections.corrected): lambda of, who, now: sections.corrected(
        of["survey"], of["section_request"].section, [WORDS], WORDS, timezone.localdate()
    ),
    called(sessions.record_again): lambda of, who, now: sessions.record_again(
        of["session"], who["contact"], now
    ),
    called(journey.was_opened): lambda of, who, now: journey.was_opened(
        of["engagement"], who["advisor"], timezone.localdate()
    ),
    called(journey.trainee_comes): lambda of, who, now: journey.trainee_comes(
        of["engagement"], who["trainee"]
    ),
    called(journey.lead_takes_over): lambda of, who, now: journey.lead_takes_over(
        of["engagement"], who["advisor"]
    ),
}


def made_ready():
    """A town whose things are all so far that somebody has to be written to about them."""
    made, now = everything(), timezone.now()
    Application.objects.update(
        received_at=now,
        returned_at=now,
        consented_at=now,
        consented_by="見本 太郎",
        issued_hash=PAPER,
        issued_document=1,
        approver_email=APPROVER,
        approver_confirmed=APPROVER,
    )
    type(made.of["plan"]).objects.update(
        executive_email=APPROVER, executive_name="見本 太郎", issued_hash=PAPER
    )
    type(made.of["offer"]).objects.update(request_hash=PAPER, answer_due=timezone.localdate(), message=WORDS)
    session, contact = Session.objects.get(pk=made.of["session"].pk), actor_for(made.people["contact"])
    perform(
        "propose",
        session,
        contact,
        **good(session, rules(Session)["propose"], now, lambda options: options[0]),
    )
    Session.objects.update(held_on=timezone.localdate(), logged_at=now)
    Programme.objects.update(town_yes=True)
    PersonFactory(email=made.of["registration"].email, name=made.of["registration"].name)
    # So that the office has somebody to check.
    TrustedDomain.objects.update(removed_at=now)
    return made


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    yield from built(django_db_blocker, made_ready)


@pytest.fixture
def made(world, db):
    return deepcopy(world)


def by_transition(made, machine, name, effect):
    model = machines()[machine]
    rule, now = rules(model)[name], timezone.now()
    model._base_manager.filter(pk=made.of[machine].pk).update(state=rule.sources[0])
    obj = model._base_manager.get(pk=made.of[machine].pk)
    step = Step(name, SYSTEM, now, now, good(obj, rule, now, lambda options: options[0]), rule.sources[0])
    step.note = {"side": "town", "was": [now, now + timedelta(hours=2), "onsite", "本庁舎"]}
    return effect(obj, step, Event.objects.filter(stream=obj.stream).last())


def written(made, name):
    """Every mail of one kind, as each of its transitions or its caller makes it."""
    function = letters.kinds()[name]
    found = [by_transition(made, machine, rule, function) for machine, rule in by_effect().get(name, ())]
    if name in OTHERS:
        found.append(OTHERS[name](made.of, made.people, timezone.now()))
    flat = []
    for given in found:
        flat += [given] if isinstance(given, Mail) else list(given)
    return flat


def in_language(made, name, language, settings):
    """What readers of one language get, while whoever causes it reads the other one."""
    User.objects.update(language=language)
    for found in (made.of, made.people):
        found |= {key: type(thing)._base_manager.get(pk=thing.pk) for key, thing in found.items()}
    settings.LANGUAGE_CODE = language
    with translation.override("ja" if language == "en" else "en"):
        return written(made, name)


def without_data(mail):
    text = ADDRESS.sub("", f"{mail.subject}\n{mail.body}\n{mail.sender}")
    for name in names():
        text = text.replace(name, "")
    return DAY.sub("", text)


def assert_framed(mail, language):
    """To whom, what to do and where, by when, what happens otherwise, its number, from whom."""
    to, greeting, *said, facts, otherwise, signature = mail.body.rstrip("\n").split("\n\n")
    assert to.strip(), mail.body
    user = User.objects.filter(email__iexact=mail.address).first()
    if user:
        assert user.name in to
    if language == "ja":
        assert to.endswith((" 様", " 御中"))
    assert greeting
    assert "".join(said).strip()
    lines = facts.split("\n")
    assert len(lines) == 3, facts
    for line, pattern in zip(lines, FACTS[language], strict=True):
        assert re.fullmatch(pattern, line), line
    assert otherwise.strip()
    assert "\n" not in otherwise
    assert signature.startswith("-- \n")
    with translation.override(language):
        office = {part: str(value) for part, value in installation.OFFICE.items()}
    for value in office.values():
        assert value
        assert value in signature
    assert mail.sender == office["name"]
    assert (mail.subject, mail.subject.splitlines()) == (mail.subject.strip(), [mail.subject])


def number_of(mail, language):
    return re.search(f"^{FACTS[language][2]}$", mail.body, re.MULTILINE).group(1)


@pytest.mark.parametrize("name", letters.kinds())
def test_a_letter_is_whole_in_english_and_in_japanese(made, name, settings):
    english = in_language(made, name, "en", settings)
    assert english
    assert [JAPANESE.findall(without_data(mail)) for mail in english] == [[]] * len(english)
    japanese = in_language(made, name, "ja", settings)
    assert [ENGLISH.findall(without_data(mail)) for mail in japanese] == [[]] * len(japanese)
    assert all(JAPANESE.search(without_data(mail)) for mail in japanese)
    for language, mails in (("en", english), ("ja", japanese)):
        for mail in mails:
            assert_framed(mail, language)
            stranger = name == called(sign_in_letters.unknown_account)
            assert (number_of(mail, language) == NONE[language]) is stranger


def test_no_letter_shows_a_hash(made, settings):
    for name in letters.kinds():
        for mail in in_language(made, name, "ja", settings):
            said = re.sub(r"https?://\S+", "", f"{mail.subject}\n{mail.body}")
            assert not HASH.search(said), name


def test_people_are_addressed_with_their_body_and_section(made, settings):
    (mail, *_more) = in_language(made, "engagements.plans.letters.executive_is_asked", "ja", settings)
    town = made.town.full_name
    assert mail.body.startswith(f"{town} 町長\n見本 太郎 様\n\n")
    contact = made.people["contact"]
    User.objects.filter(pk=contact.pk).update(section="企画課")
    contact.refresh_from_db()
    assert entry.has_account(contact).body.startswith(f"{town} 企画課\n{contact.name} 様\n\n")
    advisor = made.people["advisor"]
    employer = made.of["advisor"].employer.full_name
    assert entry.set_password(advisor).body.startswith(employer)
    office = entry.set_password(made.people["secretariat"])
    assert office.body.startswith(str(installation.OFFICE["name"]))


def functions_that_write():
    """Public functions that say that they give mails, by name."""
    for module in list(sys.modules.values()):
        where = getattr(module, "__file__", None) or ""
        if not where.startswith(str(ROOT)) or "/tests/" in where or "Mail" not in vars(module):
            continue
        for name, member in vars(module).items():
            own = callable(member) and getattr(member, "__module__", "") == module.__name__
            if own and not name.startswith("_") and "Mail" in str(member.__annotations__.get("return", "")):
                yield f"{module.__name__}.{name}"


def test_whoever_writes_mails_is_registered_as_a_letter():
    assert set(functions_that_write()) - set(letters.kinds()) == HELPERS
    assert set(letters.kinds()) == set(letters.kinds()) & {*by_effect(), *OTHERS}


def sources():
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] not in ("tests", "crawl", "tools", "benchmarks", "var") and not parts[0].startswith("."):
            yield "/".join(parts), ast.parse(path.read_text())


def callers(*wanted):
    return {
        where
        for where, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") in wanted or getattr(node.func, "attr", "") in wanted)
    }


def test_mails_are_made_in_the_frame_and_sent_by_the_outbox_alone():
    """But for the word to whoever runs the machine, which goes past an outbox whose database is away."""
    to_admins = {"config/trouble.py"}
    assert callers("Mail") == {"accounts/letters.py"} | to_admins
    senders = callers("EmailMessage", "EmailMultiAlternatives", "mail_admins", "mail_managers")
    assert senders == {"workflow/envelopes.py"} | to_admins
