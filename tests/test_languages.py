"""Every word of the log and every transition's label in both languages (the letters: ``test_letters.py``)."""

import re

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from tests.factories.everything import everything
from tests.words import DAY, ENGLISH, JAPANESE, names
from workflow.doors import machines, rules

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


@pytest.fixture
def made():
    return everything()


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
