"""Who walks the road: one town with its contact and approver, an advisor, the office, and a town that looks on."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import Role, User
from accounts.standings import actor_for
from advisors.models import Advisor
from engagements.applications.models import Call
from municipalities.models import Municipality
from tests.factories import applications
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member
from tests.municipalities.factories import MunicipalityFactory
from workflow import Actor

EXECUTIVE = "mayor@town.example.test"


@dataclass
class People:
    """Everybody has an account but the executive; the approver is on the contact's mail domain."""

    call: Call = field(default_factory=applications.call)
    town: Municipality = field(default_factory=lambda: MunicipalityFactory(name="見本町"))
    contact: User = field(init=False)
    approver: User = field(init=False)
    advisor: Advisor = field(init=False)
    office: User = field(init=False)
    stranger: User = field(init=False)

    def __post_init__(self) -> None:
        self.contact = member(
            Role.CONTACT,
            self.town,
            email="hanako@town.example.test",
            name="見本 花子",
            section="デジタル推進室",
        )
        self.approver = member(Role.APPROVER, self.town, email="kacho@town.example.test", name="手本 一郎")
        self.advisor = AdvisorFactory(user__email="taro@helper.example.test", user__name="例示 太郎")
        self.office = member(Role.SECRETARIAT, email="office@ministry.example.test", name="手本 三郎")
        self.stranger = member(Role.CONTACT, MunicipalityFactory(), email="other@elsewhere.example.test")


def acting(user: User) -> Actor:
    """With the roles of this moment: an engagement that was just opened counts."""
    return actor_for(User.objects.get(pk=user.pk))
