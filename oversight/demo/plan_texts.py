"""The demonstration's plan: what its people made of their survey. Nothing here is a fact about any town."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engagements.journey.counter_page import Page
from engagements.models import Engagement
from engagements.plans import evidence
from engagements.plans.models import Plan
from engagements.survey.measures import MEASURES
from municipalities.dates import add_working_days, fiscal_year

Median = dict[str, int]


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


def _move(scenario: str, median: Median, begins: date) -> dict[str, Any]:
    return {
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
    }


def _one_form(scenario: str, median: Median, april: date) -> dict[str, Any]:
    return {
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
    }


def _dog(begins: date) -> dict[str, Any]:
    return {
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
    }


def _step(
    title: str, section: str, year: int, quarters: tuple[int, int], decision: str = ""
) -> dict[str, Any]:
    first, last = quarters
    row = {"title": title, "section": section, "fiscal_year": year, "quarter_from": first, "quarter_to": last}
    return row | ({"decision": decision} if decision else {})


def _roadmap(year: int) -> list[dict[str, Any]]:
    """From the quarter before the new fiscal year on."""
    return [
        _step("番号札の移動と案内の見直し", "住民会計課", year - 1, (4, 4), "move"),
        _step("申請書を1枚にまとめる", "住民会計課", year, (1, 2), "one"),
        _step("もう一度歩いて確かめる(再調査)", "デジタル推進室", year, (3, 3)),
    ]


def _kpi(name: str, scenario: str, measure: str, target: int, year: int) -> dict[str, Any]:
    """Unit and today's value come from the survey."""
    return {
        "name": name,
        "scenario": scenario,
        "measure": measure,
        "target": Decimal(max(0, target)),
        "by": date(year, 12, 28),
    }


def _kpis(scenario: str, median: Median, year: int) -> list[dict[str, Any]]:
    writes, waiting = median["writes"], median["waiting_s"] // 60
    return [
        _kpi("書いた回数(転入、中央値)", scenario, "writes", writes - writes // 2, year),
        _kpi("待ち時間(転入、中央値)", scenario, "waiting_s", waiting - 5, year),
    ]


def plan(engagement: Engagement, today: date) -> dict[str, Any]:
    """A whole plan on the engagement's survey, to be put in by one call. Raises ``ValueError`` without a survey."""
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
        "staff_benefit": "同じことを聞き返す時間が減り、新しい職員でも一人で案内できます。",
        "organisation": "副町長を長に、窓口の課の係長が月に1回集まります。",
        "told": "課長会議で説明しました。職員組合には、工程表ができた日に説明します。",
        "risks": "3月の異動の時期と重なります。様式は2月までに決めます。",
        "background": "研修で各課の様式を持ち寄り、体験調査で若手の職員が転入の家族になって窓口を歩きました。",
        "issues": _issues(found),
        "decisions": [_move(scenario, median, begins), _one_form(scenario, median, april), _dog(begins)],
        "roadmap": _roadmap(april.year),
        "kpis": _kpis(scenario, median, april.year),
    }


def section_answer(page: Page) -> dict[str, Any]:
    """One reply, rough figures for the first procedures, and a refusal with its reason."""
    remarks = [remark for _survey, items in page.remarks for remark in items]
    known = ((4680, 4), (520, 12), (None, None))
    return {
        "replies": [
            {
                "remark": remark.key,
                "reply": "案内の札を作り直しました。ほかにも見えにくい所があれば教えてください。",
            }
            for remark in remarks[:1]
        ],
        "figures": [
            {
                "figure": line.row.pk,
                "yearly_volume": volume,
                "staff_minutes": minutes,
                "basis": "令和7年度の受付簿",
            }
            for line, (volume, minutes) in zip(page.figures, known, strict=False)
        ],
        "decisions": [
            {
                "decision": item.row.pk,
                "answer": "refuse",
                "reason": "聞き取り票の改訂が来年度のため、いまは見送ります。",
            }
            for item in page.to_decide[-1:]
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


#: What a town tells others after its year; its figures come from the survey and the re-survey.
CASE = {
    "title": "名前と住所は、一度しか書きません",
    "trouble": "転入のたびに5つの課で同じ名前と住所を書いてもらっていました。"
    "入口では番号札の機械が柱の陰にあり、はじめて来た人が探していました。",
    "stopped": "柱の陰の番号札をやめ、入口の正面に移しました。課ごとの申請書をやめ、1枚にまとめ始めました。",
    "effect": "入口で立ち止まる人がいなくなり、案内に出る回数が減りました。"
    "書く手が止まらず、窓口の前の列が短くなりました。",
    "cost": "0円(備品の移動と様式の見直しだけです)",
    "voice": "はじめは仕事が増えると思っていました。様式を並べてみたら、"
    "要らない欄が半分ありました。いまは説明の時間が減り、相談に時間を使えています。",
    "voice_of": "住民会計課",
}
