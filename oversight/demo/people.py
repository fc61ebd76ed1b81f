"""Who is who in the demonstration. Every name is plainly invented (見本, 例示, 仮名, 架空, 試験)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress

from accounts.demo import DOMAIN, EMPLOYER, PASSWORD, TOWN, TOWN2
from accounts.models import Membership, Role, User
from advisors.models import Advisor, Certification, Commission
from municipalities.dates import fiscal_year
from municipalities.models import Municipality


class Helper(NamedTuple):
    """An advisor or trainee: account, name, employer's code, what they know, when, and how many at once."""

    account: str
    name: str
    employer: str
    tags: tuple[str, ...]
    months: tuple[int, ...]
    mode: str
    capacity: int
    introduction: str


IN_FORCE = timedelta(days=900)
ALL_YEAR = tuple(range(1, 13))
HELPERS = (
    Helper(
        "advisor",
        "例示 太郎",
        EMPLOYER,
        ("move_in", "death", "section_talks"),
        ALL_YEAR,
        "both",
        4,
        "窓口の課と一緒に、転入とおくやみの流れを3年かけて直しました。紙とはさみから始めるのが得意です。",
    ),
    Helper(
        "advisor2",
        "仮名 次郎",
        "012084",
        ("certificate", "system", "forms"),
        ALL_YEAR,
        "both",
        4,
        "申請書の見直しと、書かない窓口の準備を担当しています。",
    ),
    Helper(
        "advisor3",
        "架空 五郎",
        "222208",
        ("move_in", "birth", "layout"),
        ALL_YEAR,
        "both",
        4,
        "庁舎の配置替えと案内表示を、費用をかけずに進めました。",
    ),
    Helper(
        "advisor4",
        "試験 松子",
        "082104",
        ("death", "care", "section_talks"),
        (6, 7, 9, 10, 11),
        "online",
        2,
        "福祉の窓口に長くいました。オンラインでのご相談に向いています。",
    ),
    Helper(
        "advisor5",
        "手本 竹子",
        "472085",
        ("move_within", "childcare"),
        (5, 6, 7, 8),
        "both",
        1,
        "子育ての手続きを一つの窓口にまとめました。",
    ),
    Helper(
        "advisor6",
        "見本 梅子",
        "041009",
        ("move_in", "certificate"),
        ALL_YEAR,
        "onsite",
        3,
        "混雑の日を分ける工夫と、番号札の運用が専門です。",
    ),
)
TRAINEE = Helper("trainee", "仮名 みどり", "032026", ("move_in",), ALL_YEAR, "both", 1, "")

#: Account, name, section and role of the towns and the office.
TOWN_PEOPLE = (
    ("town", "見本 花子", "デジタル推進室", Role.CONTACT, TOWN),
    ("approver", "手本 一郎", "総務課", Role.APPROVER, TOWN),
    ("section", "例示 さくら", "住民会計課", Role.SECTION, TOWN),
    ("town2", "仮名 海斗", "総務課", Role.CONTACT, TOWN2),
)
OFFICE_PEOPLE = (
    ("secretariat", "手本 三郎", Role.SECRETARIAT),
    ("auditor", "試験 正", Role.AUDITOR),
    ("admin", "架空 守", Role.ADMIN),
)


def make_user(account: str, name: str, section: str = "") -> User:
    email = f"{account}@{DOMAIN}"
    user = User.objects.create_user(email, name=name, section=section, password=PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def give_role(
    user: User, role: Role, since: date, municipality: str | None = None, section: str = ""
) -> None:
    Membership.objects.create(
        user=user, role=role, municipality_id=municipality, valid_from=since, section=section
    )


def make_helper(helper: Helper, seat: str, today: date) -> Advisor:
    """The advisor with a certification and a commission to the end of the next fiscal year."""
    since = today - IN_FORCE
    employer = Municipality.objects.get(code=helper.employer)
    user = make_user(helper.account, helper.name)
    give_role(user, Role.ADVISOR if seat == "lead" else Role.TRAINEE, since)
    profile: dict[str, Any] = {name: getattr(helper, name) for name in ("mode", "capacity", "introduction")}
    advisor = Advisor.objects.create(
        user=user, employer=employer, seat=seat, tags=list(helper.tags), months=list(helper.months), **profile
    )
    if seat == "lead":
        until = date(fiscal_year(today) + 2, 3, 31)
        Certification.objects.create(advisor=advisor, valid_from=since, valid_to=until)
        Commission.objects.create(advisor=advisor, valid_from=since, valid_to=until)
    return advisor


def make_everybody(today: date) -> None:
    """All accounts of the demonstration, in force since before its first road began."""
    since = today - IN_FORCE
    for account, name, section, role, code in TOWN_PEOPLE:
        give_role(make_user(account, name, section), role, since, code, section)
    for account, name, role in OFFICE_PEOPLE:
        give_role(make_user(account, name), role, since)
    for helper in HELPERS:
        make_helper(helper, "lead", today)
    make_helper(TRAINEE, "trainee", today)
