"""Whom a town wishes for is read by the town and the office, on pages, in the API and in the Excel file alike."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Membership, Role
from engagements.applications.models import Application, Wish
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import LONG_AGO, PersonFactory
from tests.factories.everything import everything

pytestmark = pytest.mark.django_db

READERS = {"contact", "approver", "executive", "section", "secretariat", "auditor", "admin"}
OTHERS = {"advisor", "trainee"}
WISHED, TO_OFFICE = "願井 望子", "事務局に任せる"


@pytest.fixture
def made():
    """Accepted, in a running engagement, with one wish."""
    made = everything()
    application = made.of["application"]
    Application.objects.filter(pk=application.pk).update(state="accepted")
    wished = AdvisorFactory(user=PersonFactory(name=WISHED))
    Wish.objects.create(application=application, advisor=wished, rank=1)
    return made


def as_(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client, application):
    return client.get(f"/applications/{application.pk}/").content.decode()


def in_list(client, application):
    text = client.get("/applications/?state=").content.decode()
    assert application.reference in text
    return text


def in_api(client, application):
    return str(client.get(f"/api/v1/applications/{application.pk}/").json().get("wishes", ""))


def sheet(client, application):
    answer = client.get("/applications/?format=xlsx&state=")
    cells = [str(cell) for row in load_workbook(BytesIO(answer.content)).active.values for cell in row]
    assert application.reference in cells
    return "\n".join(cells)


def test_town_and_office_read_the_wishes_and_those_who_help_do_not(made):
    application = made.of["application"]
    wished = str(application.wishes.get().advisor_id)
    for role in READERS | OTHERS:
        client = as_(made.people[role])
        read = [
            WISHED in page(client, application),
            WISHED in in_list(client, application),
            wished in in_api(client, application),
            WISHED in sheet(client, application),
        ]
        assert read == [role in READERS] * 4, role


def test_neither_is_it_told_to_those_who_help_that_the_office_chooses(made):
    application = made.of["application"]
    Application.objects.filter(pk=application.pk).update(leave_to_office=True)
    for role in READERS | OTHERS:
        client = as_(made.people[role])
        places = (page, in_list, sheet)
        assert [TO_OFFICE in place(client, application) for place in places] == [role in READERS] * 3, role


def test_who_helps_one_town_and_works_in_another_reads_the_wishes_of_the_own_town(made):
    """One person, two rows in one file: what stands in the one says nothing about the other."""
    other = everything().of["application"]
    Application.objects.filter(pk=other.pk).update(leave_to_office=True)
    helper = made.people["advisor"]
    Membership.objects.create(
        user=helper, role=Role.CONTACT, municipality=other.municipality, valid_from=LONG_AGO
    )
    for place in (in_list, sheet):
        text = place(as_(helper), made.of["application"])
        assert TO_OFFICE in text
        assert WISHED not in text
