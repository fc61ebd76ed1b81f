"""In whose language a mail is, and which addresses are taken at all."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from engagements.applications.jobs import remind_of_consents
from tests.factories import applications as made
from tests.factories.engagements import office
from workflow.doors import all_rules
from workflow.inputs import Kind
from workflow.models import Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
ROOT = Path(__file__).resolve().parent.parent
MALFORMED = [
    "not an address",
    "a@b",
    "hanako@town.example\nBcc: everybody@town.example",
    "hanako@town.example\r\n",
    "hanako@town.example, taro@town.example",
    "花子@",
    "<hanako@town.example>",
    "hanako\x00@town.example",
    "hanako\ud800@town.example",
    f"{'a' * 250}@town.example",
]


@pytest.mark.parametrize(
    ("officer", "contact", "subject"),
    [
        ("en", "ja", "までに、申込を直して提出してください"),
        ("ja", "en", "Please correct and submit the application"),
    ],
)
def test_a_mail_is_in_the_language_of_who_reads_it(officer, contact, subject):
    """The office presses the button on a page in its own language; the town's contact reads theirs."""
    user, application = office(), made.submitted()
    reader = made.contact_of(application.municipality)
    User.objects.filter(pk=reader.pk).update(language=contact)
    User.objects.filter(pk=user.pk).update(language=officer)
    client = Client(headers={"accept-language": officer})
    client.force_login(user)
    client.cookies["django_language"] = officer
    where = f"/do/application/{application.pk}/return/"
    assert ("差し戻す" in client.get(where).content.decode()) is (officer == "ja")
    assert client.post(where, {"comment": "6つ目を確かめてください"}).status_code == 302
    mail = Outbox.objects.get(event__type="application.return", address=reader.email)
    assert subject in mail.subject
    assert mail.payload["language"] == contact


@pytest.mark.parametrize("active", ["ja", "en"])
def test_the_sweep_writes_to_each_in_their_own_language(active):
    """Whichever language its thread happens to be in; who has no account is written to in the installation's."""
    application = made.issued()
    reader = made.contact_of(application.municipality)
    User.objects.filter(pk=reader.pk).update(language="en")
    before = Outbox.objects.latest("pk").pk
    with translation.override(active):
        assert (
            remind_of_consents(timezone.now() + timedelta(days=application.call.programme.review_days)) == 1
        )
    languages = {
        row.address: row.payload["language"] for row in Outbox.objects.filter(pk__gt=before, kind="mail")
    }
    assert languages == {reader.email: "en", application.approver_email: "ja"}


def is_ours(form):
    where = getattr(sys.modules[form.__module__], "__file__", None) or ""
    parts = Path(where).parts[len(ROOT.parts) :]
    return where.startswith(f"{ROOT}/") and parts[0] not in ("tests", ".venv")


def our_forms():
    """Every form of the service, however deep it inherits."""
    left = [forms.BaseForm]
    while left:
        for form in left.pop().__subclasses__():
            left.append(form)
            if is_ours(form):
                yield form


def fields_for_addresses():
    for form in our_forms():
        for name, field in form.base_fields.items():
            if "email" in name:
                yield f"{form.__qualname__}.{name}", field
    for machine, _model, rule in all_rules():
        for spec in rule.inputs:
            if "email" in spec.name:
                assert spec.kind == Kind.EMAIL, (machine, rule.name)


def test_a_malformed_address_is_refused_wherever_one_is_typed():
    fields = list(fields_for_addresses())
    assert len(fields) >= 8
    for where, field in fields:
        assert isinstance(field, forms.EmailField), where
        for typed in MALFORMED:
            try:
                taken = field.clean(typed)
            except ValidationError:
                continue
            assert taken == "hanako@town.example", (where, typed)
