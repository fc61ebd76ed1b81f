"""What the demonstration's people wrote. Nothing here is a fact about any town."""

from __future__ import annotations

from typing import Any

EXECUTIVE = "町長 見本 太郎"
OFFER = "転入とおくやみを取り上げたいとのことです。②は現地で、ほかはオンラインでも構わないそうです。ご検討ください。"
TO_SECTIONS = "お忙しいところすみません。窓口の皆さんが楽になる改善から始めたいと考えています。"
PLACES = {1: "", 2: "本庁舎 1階 住民窓口", 3: "本庁舎 3階 応接室"}
CONTACTS = (
    "見本 一郎",
    "例示 次子",
    "仮名 三郎",
    "架空 四葉",
    "試験 五月",
    "手本 六花",
    "見本 七海",
    "例示 八雲",
)
APPROVERS = ("手本 甲", "見本 乙", "例示 丙", "仮名 丁", "架空 戊", "試験 己")
AIMS = (
    "転入の方が5つの課を回り、同じ住所と氏名を何度も書いています。繁忙期は2時間かかることもあり、"
    "窓口の課からも何とかしたいという声が上がっています。"
)

TEAMS = [
    {"team": "A班(転入)", "place": "本庁舎1階", "people": 5},
    {"team": "B班(おくやみ)", "place": "保健センター", "people": 5},
]
GUESTS = [{"municipality": "032085", "section": "市民課", "name": "仮名 三郎"}]


def contact_name(code: str) -> str:
    return CONTACTS[int(code) % len(CONTACTS)]


def approver_name(code: str) -> str:
    return APPROVERS[int(code) % len(APPROVERS)]


def application(code: str) -> dict[str, Any]:
    """Everything that a complete application needs, beside the approver."""
    return {
        "contact_phone": "000-0000-0000",
        "life_events": ["move_in", "death"],
        "aims": AIMS,
        "months": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        "mode": "either",
        "leave_to_office": True,
        "q_buildings": 1 + int(code) % 3,
        "q_sections": 4 + int(code) % 4,
        "q_dx_plan": "making",
        "q_system": "considering",
        "q_mayor": "knows",
    }


LOGS: dict[int, dict[str, Any]] = {
    1: {
        "log_summary": "窓口DXとBPRの考え方を話し、各課で「書いてもらっているもの」を持ち寄りました。",
        "log_next_step": "体験調査で歩く場面と家族設定を決める",
        "log_hours": "2.5",
        "log_attendance": [
            {"section": "住民会計課", "count": 6},
            {"section": "健康福祉課", "count": 5},
            {"section": "税務課", "count": 3},
            {"section": "デジタル推進室", "count": 2},
        ],
    },
    2: {
        "log_summary": "3班で転入の窓口を歩き、午後に気づきを持ち寄って、ありたい窓口の姿を話し合いました。",
        "log_next_step": "課題ごとに担当の課と最初の一歩を決める",
        "log_hours": "6",
        "log_attendance": [
            {"section": "住民会計課", "count": 5},
            {"section": "健康福祉課", "count": 4},
            {"section": "建設水道課", "count": 2},
        ],
    },
    3: {
        "log_summary": "町長に結果と改善案を報告し、一つずつお答えをいただきました。",
        "log_next_step": "認められた改善の最初の一歩を始める",
        "log_hours": "1.5",
        "log_attendance": [{"section": "住民会計課", "count": 3}, {"section": "総務課", "count": 2}],
    },
}


def log(number: int) -> dict[str, Any]:
    return dict(LOGS[number])


PROGRESS = "5課の様式を並べ、重なる欄に印を付けました。来月の課長会議で1枚の案を見てもらいます。"
SURVEYED_AGAIN = "再調査の日に、3つの班が歩いた記録を入れました。"
