"""People on their way in, and the counter sections of the first town."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.demo import DOMAIN, TOWN
from accounts.entry import inviting, mailboxes, office, services
from accounts.models import SignedLink, User
from accounts.standings import actor_for, actor_of_link
from municipalities.models import Municipality
from workflow.doors import perform

SECTIONS = (("住民会計課", "jumin"), ("健康福祉課", "fukushi"), ("税務課", "zeimu"))


def prepare(now: datetime) -> None:
    """Mailboxes, an open invitation, a trusted domain, and a request that waits for the office."""
    town = Municipality.objects.get(code=TOWN)
    contact = actor_for(User.objects.get(email=f"town@{DOMAIN}"))
    secretariat = actor_for(User.objects.get(email=f"secretariat@{DOMAIN}"))
    for section, account in SECTIONS:
        address = f"{account}@town.kuzumaki.example"
        mailboxes.add(town, section=section, email=address, actor=contact, now=now)
    office.trust(town, "town.kuzumaki.example", actor=secretariat, now=now)
    invited = inviting.Invited(
        email="kacho@town.kuzumaki.example",
        role="approver",
        municipality=town,
        name="仮名 春子",
        section="総務課",
    )
    inviting.invite(invited, actor=contact, now=now)
    _ask(now - timedelta(days=1))


def _ask(now: datetime) -> None:
    wanted = services.Wanted(
        email="madoguchi@city.ninohe.example",
        municipality=Municipality.objects.get(code="032131"),
        section="市民課",
        name="例示 一子",
        role="contact",
    )
    registration = services.request_account(wanted, now=now)
    if registration is not None:
        link = SignedLink.objects.get(scope=registration.stream)
        perform("confirm", registration, actor_of_link(link), now=now + timedelta(hours=1))
