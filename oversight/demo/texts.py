"""What the demonstration's people wrote. Nothing here is a fact about any town."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engagements.models import Engagement
from engagements.plans import evidence
from engagements.plans.models import Plan
from engagements.survey.measures import MEASURES
from municipalities.dates import add_working_days, fiscal_year

EXECUTIVE = "町長 見本 太郎"
OFFER = "転入とおくやみを取り上げたいとのことです。②は現地で、ほかはオンラインでも構わないそうです。ご検討ください。"
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


def next_april(engagement: Engagement) -> date:
    return date(fiscal_year(engagement.opened_at.date()) + 1, 4, 1)


ISSUES = (
    ("same", "同じことを課ごとに書いている", ("form",)),
    ("lost", "次にどこへ行くかがわからない", ("wayfinding", "facility")),
    ("missed", "課のあいだで手続きが漏れる", ("operation", "service")),
)


def _issues(found: evidence.Result) -> list[dict[str, Any]]:
    noticed = [item for item in evidence.observations(found) if item.kind == "problem"]
    return [
        {
            "key": key,
            "title": title,
            "evidence": [item.path for item in noticed if item.category in categories][:6],
        }
        for key, title, categories in ISSUES
    ]


def _decisions(scenario: str, median: dict[str, int], begins: date, april: date) -> list[dict[str, Any]]:
    return [
        {
            "key": "move",
            "issue": "lost",
            "way": "reorder",
            "title": "番号札の機械を入口の正面に移す",
            "what_stops": "柱の陰の設置と、案内の職員が探しに行く手間",
            "owner_section": "住民会計課",
            "first_step": "休みの日に仮に置いて、1週間ようすを見る",
            "start_on": begins,
            "cost_yen": 0,
            "ask": "庁舎の入口の使い方を変えること",
            "if_not": "入口で迷う時間がそのまま残ります",
            "scenario": scenario,
            "measure": "waiting_s",
            "change": -min(5, median["waiting_s"] // 60),
        },
        {
            "key": "one",
            "issue": "same",
            "way": "combine",
            "title": "転入の5つの申請書を1枚にまとめる",
            "what_stops": "氏名と住所を課ごとに書いてもらうこと",
            "owner_section": "住民会計課",
            "first_step": "5つの様式を並べ、重なる欄に印を付ける",
            "start_on": april,
            "cost_yen": 0,
            "ask": "5課の様式を変えること",
            "if_not": f"転入のたびに{median['writes']}回書くことが続きます",
            "scenario": scenario,
            "measure": "writes",
            "change": -(median["writes"] // 2),
            "staff_minutes": 4,
            "yearly_volume": 180,
        },
        {
            "key": "dog",
            "issue": "missed",
            "way": "simplify",
            "title": "犬の登録の変更を転入と一緒に聞く",
            "what_stops": "環境の窓口への別の来庁",
            "owner_section": "健康福祉課",
            "first_step": "転入の聞き取り票に1行足す",
            "start_on": begins,
            "cost_yen": 20000,
            "ask": "聞き取り票を全課で使うこと",
            "if_not": "案内のないまま終わる手続きが残ります",
        },
    ]


def plan(engagement: Engagement, today: date) -> dict[str, Any]:
    """A whole plan on the engagement's survey, to be put in by one call."""
    found = evidence.result_of(engagement.pk)
    if found is None:
        raise ValueError("the survey comes before the plan")
    scenario = next(iter(found.scenarios))
    median = {name: found.measures["scenarios"][scenario][name]["median"] for name in MEASURES}
    april = next_april(engagement)
    begins = add_working_days(today + timedelta(days=30), 0)
    return {
        "executive_title": "町長",
        "executive_name": "見本 太郎",
        "vision": "一度だけ書く、迷わない、待たせない",
        "vision_text": "はじめて来た人が、入口で行き先がわかり、名前と住所を一度だけ書いて帰れる窓口にします。",
        "background": "研修で各課の様式を持ち寄り、体験調査で若手の職員が転入の家族になって窓口を歩きました。",
        "issues": _issues(found),
        "decisions": _decisions(scenario, median, begins, april),
        "roadmap": [
            {
                "title": "番号札の移動と案内の見直し",
                "section": "住民会計課",
                "decision": "move",
                "fiscal_year": april.year - 1,
                "quarter_from": 4,
                "quarter_to": 4,
            },
            {
                "title": "申請書を1枚にまとめる",
                "section": "住民会計課",
                "decision": "one",
                "fiscal_year": april.year,
                "quarter_from": 1,
                "quarter_to": 2,
            },
            {
                "title": "もう一度歩いて確かめる(再調査)",
                "section": "デジタル推進室",
                "fiscal_year": april.year,
                "quarter_from": 3,
                "quarter_to": 3,
            },
        ],
        "kpis": [
            {
                "name": "書いた回数(転入、中央値)",
                "unit": "回",
                "baseline": Decimal(median["writes"]),
                "target": Decimal(median["writes"] - median["writes"] // 2),
                "by": date(april.year, 12, 28),
                "source": "窓口利用体験調査(1回目)",
            },
            {
                "name": "待ち時間(転入、中央値)",
                "unit": "分",
                "baseline": Decimal(median["waiting_s"] // 60),
                "target": Decimal(max(0, median["waiting_s"] // 60 - 5)),
                "by": date(april.year, 12, 28),
                "source": "窓口利用体験調査(1回目)",
            },
        ],
    }


def answers(found: Plan) -> list[dict[str, Any]]:
    """Two adopted, one of them with a condition, and one deferred."""
    said = (
        {"answer": "adopted", "condition": ""},
        {"answer": "adopted_with_condition", "condition": "繁忙期の前に試すこと"},
        {"answer": "deferred", "condition": "来年度の様式の改正に合わせる"},
    )
    decisions = found.decisions.order_by("position")
    return [{"decision": decision.pk, **answer} for decision, answer in zip(decisions, said, strict=False)]
