"""From an installation that holds only the registry to a matched engagement, after one command by pages alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from advisors.models import Advisor
from engagements.applications.models import Application, Call
from engagements.models import Engagement
from engagements.programme.models import Programme
from engagements.rounds.models import Offer
from tests.factories import entry
from tests.factories.applications import complete
from tests.municipalities.factories import MunicipalityFactory
from workflow import outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
SECRET = "koke-no-musu-made-2026"
OFFICE, CONTACT = "office@ministry.example.test", "hanako@town.example.test"
APPROVER, ADVISOR = "kacho@town.example.test", "taro@helper.example.test"


def pressed(client: Client, path: str, **typed: Any) -> str:
    """What a form that is accepted leads to."""
    response = client.post(path, typed)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def linked(client: Client, page: str, pattern: str) -> str:
    """The address of the page's only link of that form."""
    found = set(re.findall(f'href="({pattern})"', client.get(page).content.decode()))
    assert len(found) == 1, (page, pattern, found)
    return str(found.pop())


@pytest.fixture
def office(capsys: pytest.CaptureFixture[str]) -> Client:
    """The secretariat signs in with the password that it chose behind the printed link."""
    cache.clear()
    call_command("create_account", OFFICE, "--role", "secretariat")
    client = Client()
    asked = client.get(urlsplit(capsys.readouterr().out.strip()).path, follow=True)
    pressed(client, asked.request["PATH_INFO"], password1=SECRET, password2=SECRET)
    signed_in = Client()
    pressed(signed_in, "/accounts/login/", login=OFFICE, password=SECRET)
    return signed_in


def invited(office: Client, email: str, role: str, code: str) -> Client:
    """Somebody who has come in by the mail of an invitation."""
    pressed(office, "/accounts/invite/", role=role, email=email, municipality=code)
    path = entry.link_path(email)
    assert Client().post(path, {"name": "見本 花子", "password": SECRET}).status_code == 200
    client = Client()
    pressed(client, "/accounts/login/", login=email, password=SECRET)
    return client


def a_call(office: Client) -> Call:
    assert "「制度の版」の画面で入れると" in new_call(office).content.decode()
    assert "最初の版を入れる" in office.get("/programme/").content.decode()
    pressed(office, "/programme/first/")
    assert new_call(office).status_code == 302
    pressed(office, f"/do/call/{Call.objects.get().pk}/open/")
    return Call.objects.get()


def new_call(office: Client) -> Any:
    opened = timezone.localtime() - timedelta(hours=1)
    typed = {"title": "随時の募集", "fiscal_year": opened.year, "opens_at": f"{opened:%Y-%m-%dT%H:%M}"}
    return office.post("/calls/new/", typed)


def registered(office: Client) -> Advisor:
    """Before, nobody can be asked; the list leads to the form that knows whom it is about."""
    form = linked(office, "/advisors/", r"/advisors/register/\?person=\d+")
    today = timezone.localdate()
    until = today + timedelta(days=900)
    shown = office.get(form).context["form"].initial
    pressed(
        office,
        "/advisors/register/",
        email=shown["email"],
        employer=shown["employer"],
        number="認-0001",
        certified_on=today.isoformat(),
        certified_until=until.isoformat(),
        commissioned_from=today.isoformat(),
        commissioned_to=until.isoformat(),
        tags=["move_in"],
        months=[str(month) for month in range(1, 13)],
    )
    return Advisor.objects.get()


def applied(contact: Client, call: Call, code: str) -> Application:
    path = pressed(contact, "/applications/new/", call=call.pk, municipality=code)
    shown = contact.get(path, follow=True).context["application"]
    written = complete(contact_email=CONTACT, approver_email=APPROVER, leave_to_office="on")
    pressed(contact, f"{path}edit/", act="submit", version=shown.revision, **written)
    while outbox.drain():
        pass
    assert Client().post(entry.link_path(APPROVER), {"act": "consent"}).status_code == 200
    return Application.objects.get()


def test_from_an_empty_installation_to_a_matched_engagement(office: Client) -> None:
    town, lender = MunicipalityFactory(), MunicipalityFactory()
    assert not Programme.objects.exists()
    call = a_call(office)
    advisor_desk = invited(office, ADVISOR, "advisor", lender.code)
    contact = invited(office, CONTACT, "contact", town.code)
    pressed(office, "/accounts/domains/", municipality=town.code, domain=APPROVER.partition("@")[2])
    advisor = registered(office)
    application = applied(contact, call, town.code)
    page = application.get_absolute_url()
    pressed(office, f"/do/application/{application.pk}/accept/")
    assign = linked(office, page, rf"/applications/{application.pk}/assign/")
    assert advisor.user.name in office.get(assign).content.decode()
    ends = timezone.localtime() + timedelta(days=5)
    pressed(office, assign, advisor=advisor.pk, message="お願いします", expires_at=f"{ends:%Y-%m-%dT%H:%M}")
    pressed(advisor_desk, f"/do/offer/{Offer.objects.get().pk}/accept/")
    application.refresh_from_db()
    assert application.state == "matched"
    assert Engagement.objects.get().municipality == town
    assert contact.get("/").status_code == 200
