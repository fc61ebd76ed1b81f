"""The demonstration's accounts. People's names are invented, and plainly so."""

from __future__ import annotations

DOMAIN = "madoguchi.example"
PASSWORD = "madoguchi-demo"  # noqa: S105  (shown on the sign-in page of every demonstration)
TOWN = "033022"
TOWN2 = "473821"
EMPLOYER = "325015"

#: Address and what the account is for, as printed at start and on the sign-in page.
SIGN_INS = (
    (f"town@{DOMAIN}", "町の担当(岩手県葛巻町)"),
    (f"approver@{DOMAIN}", "承認する方(岩手県葛巻町)"),
    (f"section@{DOMAIN}", "窓口の課(岩手県葛巻町)"),
    (f"town2@{DOMAIN}", "町の担当(沖縄県与那国町)"),
    (f"advisor@{DOMAIN}", "アドバイザー(島根県津和野町の職員)"),
    (f"advisor2@{DOMAIN}", "アドバイザー"),
    (f"trainee@{DOMAIN}", "研修生"),
    (f"secretariat@{DOMAIN}", "事務局"),
    (f"auditor@{DOMAIN}", "監査"),
    (f"admin@{DOMAIN}", "管理者"),
)
