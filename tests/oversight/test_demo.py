"""The demonstration: loaded by one command, once; everybody of the printed list can sign in and has a home."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from accounts.demo import DOMAIN, PASSWORD, SIGN_INS
from accounts.models import User
from engagements.applications.models import Application
from engagements.documents import services
from engagements.documents.builders import builder_of, kinds
from engagements.models import Engagement
from engagements.programme import services as programme
from municipalities.models import Municipality
from oversight.demo import people, stages
from oversight.demo.walk import Walk
from tests.documents.reading import unsound
from tests.municipalities.factories import MunicipalityFactory
from tests.oversight import forms, pages
from workflow.audit import faults
from workflow.models import Event

pytestmark = pytest.mark.sqlite

STAGES = {"preparing", "training", "survey", "reporting", "agreed", "following_up"}
APPLYING = {"draft", "submitted", "returned", "waitlisted", "accepted", "matched"}
#: Whose links, together, lead to every page; "" is nobody.
WALKERS = ("secretariat", "auditor", "town", "town2", "advisor", "section", "")
#: Pages with a form whose typing no draft keeps, and why.
NOT_KEPT = {
    **dict.fromkeys(("/accounts/login/", "/accounts/password/change/"), "asks for a password"),
    "/applications/N/edit/": "saves itself",
}


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("demo", *arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


def test_a_page_with_a_form_brings_the_script_that_keeps_what_is_typed() -> None:
    assert pages.pages_without_drafts() == pages.OF_THEIR_OWN


def clients() -> dict[str, Client]:
    """The browsers of the walkers, signed in."""
    signed_in = {name: Client() for name in WALKERS}
    for name, client in signed_in.items():
        if name:
            client.force_login(User.objects.get(email=f"{name}@{DOMAIN}"))
    return signed_in


@pytest.mark.django_db
def test_a_database_with_real_accounts_is_left_alone() -> None:
    MunicipalityFactory()
    User.objects.create_user("hanako@town.example", name="見本 花子")
    said = StringIO()
    with pytest.raises(SystemExit) as refusal:
        call_command("demo", stderr=said)
    assert refusal.value.code == 1
    assert "実際のアカウント" in said.getvalue()
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_negative_scale_is_wrong_usage() -> None:
    MunicipalityFactory()
    User.objects.create_user(SIGN_INS[0][0], name="見本 花子")
    with pytest.raises(SystemExit) as refusal:
        run("--scale", "-1")
    assert refusal.value.code == 2


def test_the_list_of_sign_ins_needs_no_database() -> None:
    said = run("--sign-ins")
    assert all(email in said and text in said for email, text in SIGN_INS)
    assert PASSWORD in said


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2026, 4, 30), date(2026, 9, 17)])
def test_an_offer_is_answered_in_time_when_holidays_take_all_its_days(day: date) -> None:
    """Whoever starts the demonstration does so on a day that nobody chose."""
    call_command("import_registry", verbosity=0)
    programme.seed()
    people.make_everybody(day)
    place = stages.PLACES[2]
    asked_at = timezone.make_aware(datetime.combine(day, time(15)))
    walk = Walk(place.code, place.contact, asked_at - timedelta(days=30))
    *accepted, ask, answer = stages.opened("advisor")
    for step in accepted:
        step(walk)
    answer(ask(walk.later((day - timezone.localdate(walk.now)).days - 2)))
    assert walk.engagement.state == "preparing"


@override_settings(DEMO=True)
class DemoTests(TestCase):
    """The demonstration, loaded once for all tests, in place of what was there before."""

    said: str
    shown: pages.Shown

    @classmethod
    def setUpTestData(cls) -> None:
        MunicipalityFactory()
        User.objects.create_user("hanako@town.example", name="見本 花子")
        connection.check_constraints()  # PostgreSQL empties no table that this transaction still has to check
        cls.said = run("--reset")
        cls.shown = pages.shown_to(clients())

    def test_reset_leaves_nothing_of_before(self) -> None:
        assert not User.objects.filter(email="hanako@town.example").exists()
        assert Municipality.objects.filter(valid_to=None).count() == 1741

    def test_there_are_engagements_and_applications_at_every_stage(self) -> None:
        assert f"支援 {Engagement.objects.count()}件" in self.said
        assert set(Engagement.objects.values_list("state", flat=True)) >= STAGES
        assert set(Application.objects.values_list("state", flat=True)) >= APPLYING
        assert faults() == []

    def test_everybody_can_sign_in_and_has_a_home_that_says_what_it_is(self) -> None:
        for email, _text in SIGN_INS:
            with self.subTest(email):
                client = Client()
                answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
                assert answer.status_code == 302, answer.content.decode()
                home = client.get("/")
                assert home.status_code == 200
                assert "架空のデータ" in home.content.decode()
                assert User.objects.get(email=email).name in home.content.decode()

    def test_every_page_is_shown_to_somebody_who_walks_by_links(self) -> None:
        """And no link on the way leads to a refusal. `make crawl` walks as everybody, in a browser."""
        there, by_action = pages.page_templates(), pages.declared()
        rendered = self.shown.rendered
        assert self.shown.refused == []
        assert sorted(there - by_action - rendered) == [], (
            "no link leads there; say why in SHOWN_BY_AN_ACTION"
        )
        assert sorted(by_action & rendered) == [], "links do lead there; take it out of SHOWN_BY_AN_ACTION"
        assert sorted(by_action - there) == [], "no such page; take it out of SHOWN_BY_AN_ACTION"

    def test_what_is_typed_into_any_form_is_there_on_another_device(self) -> None:
        """Every form with more than one field that the walk has found; those that are not kept say why."""
        found = {form for sheet in self.shown.sheets for form in sheet.forms}
        assert {form.page: form.why for form in found if form.why} == NOT_KEPT
        chosen = forms.fewest(self.shown.sheets)
        assert {form for sheet in chosen for form in sheet.kept} == {form for form in found if not form.why}
        assert forms.lost(chosen, clients()) == {}

    def test_a_second_call_changes_nothing(self) -> None:
        before = User.objects.count(), Event.objects.count()
        assert run() == ""
        assert (User.objects.count(), Event.objects.count()) == before

    def test_every_kind_of_paper_is_sound_with_names_as_they_are_written(self) -> None:
        """Tagged, titled, bookmarked, every figure in words, every glyph there: for readers who can't see it too."""
        name = "葛\U000e0100城 髙﨑\u3000𠮷野"
        User.objects.update(name=name)
        without = []
        with TemporaryDirectory() as folder:
            for kind in kinds():
                subject = builder_of(kind).subjects().first()
                if subject is None:
                    without.append(kind)
                    continue
                with self.subTest(kind):
                    snapshot = services.snapshot_of(kind, subject, timezone.now())
                    pdf = services.draw(kind, snapshot, version=1, issued_at=timezone.now())
                    assert unsound(pdf.content, Path(folder) / f"{kind}.pdf") == []
        # The demonstration has neither a round nor a release; their own tests ask the same of them.
        assert without == ["result-list", "result-notices", "round-record"]
