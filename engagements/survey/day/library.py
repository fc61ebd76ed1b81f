"""Households to walk with: those of the library, and the town's own of earlier surveys.

A household of the library is invented and plainly so (見本). Birth dates are worked out from the ages and the day of the
survey, because the records compare ages and the cards show dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from engagements.survey.models import Survey, SurveyVersion
from municipalities.dates import era_date

Raw = dict[str, Any]
#: Month and day of the invented births: none of them is a day on which somebody is easily a year older.
BIRTHDAYS = ((2, 3), (4, 18), (1, 9), (5, 27), (3, 14), (6, 6))


@dataclass(frozen=True, slots=True)
class Person:
    """``western``: writes birth dates in the western calendar, as foreign nationals do."""

    relation: str
    name: str
    kana: str
    age: int
    attributes: Sequence[str] = ()
    western: bool = False


@dataclass(frozen=True, slots=True)
class Persona:
    """A household with a life event. ``situation`` is what its actor is told."""

    key: str
    life_event: str
    title: str
    planned_minutes: int
    situation: str
    household: Sequence[Person]
    procedures: Sequence[str]


LIBRARY: tuple[Persona, ...] = (
    Persona(
        "move-in-five",
        "move_in",
        "転入(5人家族と犬)",
        120,
        "きのう、となりの県から引っ越してきました。上の子は来週から小学校に通います。犬も一緒です。",
        (
            Person("世帯主", "見本 太郎", "みほん たろう", 38),
            Person("妻", "見本 花子", "みほん はなこ", 36, ("妊娠中",)),
            Person("母", "見本 ウメ", "みほん うめ", 71, ("要介護2",)),
            Person("子", "見本 一郎", "みほん いちろう", 6),
            Person("子", "見本 さくら", "みほん さくら", 1),
        ),
        (
            "転入届",
            "マイナンバーカードの住所の変更",
            "国民健康保険の加入",
            "児童手当の申請",
            "小学校の転入学",
            "妊婦健診の受診票の交付",
            "介護保険の住所異動",
            "水道の使用開始",
            "犬の登録の変更",
        ),
    ),
    Persona(
        "move-in-single-parent",
        "move_in",
        "転入(ひとり親と子2人)",
        120,
        "先月離婚し、子ども2人と実家の近くへ移ってきました。仕事はこれから探します。下の子を預けたいです。",
        (
            Person("世帯主", "見本 ゆき", "みほん ゆき", 33, ("ひとり親",)),
            Person("子", "見本 大地", "みほん だいち", 8),
            Person("子", "見本 ひな", "みほん ひな", 3),
        ),
        (
            "転入届",
            "国民健康保険の加入",
            "国民年金の種別変更",
            "児童手当の申請",
            "児童扶養手当の認定請求",
            "ひとり親家庭の医療費助成",
            "小学校の転入学",
            "保育所の利用申込み",
        ),
    ),
    Persona(
        "move-in-foreign",
        "move_in",
        "転入(外国籍の単身者)",
        60,
        "技能実習を終え、この町の会社で働くことになりました。日本語は話せますが、漢字を読むのは苦手です。",
        (
            Person(
                "世帯主",
                "MIHON ANNA",
                "みほん あんな",
                27,
                ("外国籍", "通称なし", "やさしい日本語"),
                western=True,
            ),
        ),
        ("転入届", "在留カードの住居地の届出", "国民健康保険の加入", "国民年金の加入", "水道の使用開始"),
    ),
    Persona(
        "move-in-wheelchair",
        "move_in",
        "転入(車いすの夫と妻)",
        90,
        "夫の通院のために引っ越してきました。夫は車いすを使い、月に2回、隣の市の病院へ通います。",
        (
            Person("世帯主", "見本 正", "みほん ただし", 58, ("身体障害者手帳1級", "車いす")),
            Person("妻", "見本 和子", "みほん かずこ", 55),
        ),
        (
            "転入届",
            "身体障害者手帳の住所の変更",
            "重度心身障害者の医療費助成",
            "障害福祉サービスの支給申請",
            "自立支援医療の変更",
            "国民健康保険の加入",
            "水道の使用開始",
        ),
    ),
    Persona(
        "move-within",
        "move_within",
        "転居(一人暮らしの高齢者)",
        60,
        "階段がつらくなり、同じ町の平屋へ移りました。年金で暮らしています。",
        (Person("世帯主", "見本 ハル", "みほん はる", 82, ("耳が遠い", "要支援1")),),
        (
            "転居届",
            "介護保険の住所の変更",
            "後期高齢者医療の住所の変更",
            "年金の住所の変更",
            "水道の使用開始と中止",
        ),
    ),
    Persona(
        "move-out",
        "move_out",
        "転出(夫婦と小学生)",
        45,
        "来週、夫の転勤で県外へ引っ越します。子どもは新しい学校へ移ります。",
        (
            Person("世帯主", "見本 健", "みほん けん", 41),
            Person("妻", "見本 直美", "みほん なおみ", 40),
            Person("子", "見本 そら", "みほん そら", 9),
        ),
        ("転出届", "国民健康保険の資格喪失", "児童手当の消滅届", "小学校の転出", "水道の使用中止"),
    ),
    Persona(
        "birth",
        "birth",
        "出生(第2子、母は里帰り中)",
        75,
        "先週、妻の実家で2人目が生まれました。妻はまだ実家にいるので、夫が一人で来ました。",
        (
            Person("世帯主", "見本 翔", "みほん しょう", 31),
            Person("妻", "見本 舞", "みほん まい", 30),
            Person("子", "見本 りく", "みほん りく", 4),
            Person("子", "見本 つむぎ", "みほん つむぎ", 0),
        ),
        (
            "出生届",
            "児童手当の額の改定",
            "子どもの医療費助成",
            "国民健康保険の加入",
            "出産育児一時金の請求",
            "乳児健診と予防接種の案内",
        ),
    ),
    Persona(
        "death-widow",
        "death",
        "おくやみ(夫を亡くした妻)",
        150,
        "先週、夫を亡くしました。死亡届は葬祭業者が出しています。何をすればよいか分からず、案内の紙を1枚持って来ました。",
        (
            Person("妻", "見本 きよ", "みほん きよ", 68, ("世帯主になる",)),
            Person("子", "見本 隆", "みほん たかし", 41, ("町外に住む",)),
        ),
        (
            "国民健康保険の資格喪失と葬祭費",
            "未支給年金と遺族年金",
            "介護保険証の返却",
            "固定資産税の代表者の届",
            "農地の届出",
            "水道の名義の変更",
            "軽自動車の名義の変更",
        ),
    ),
    Persona(
        "death-father",
        "death",
        "おくやみ(離れて暮らした父)",
        120,
        "一人で暮らしていた父が亡くなりました。自分は県外に住み、仕事を休めるのは今日だけです。家は空き家になります。",
        (Person("子", "見本 誠", "みほん まこと", 47, ("県外に住む", "今日だけ")),),
        (
            "戸籍(除籍)の証明書",
            "後期高齢者医療の資格喪失と葬祭費",
            "未支給年金",
            "固定資産税の代表者の届",
            "水道の使用中止",
            "空き家の相談",
            "犬の死亡の届",
        ),
    ),
    Persona(
        "certificate",
        "certificate",
        "証明書(相続のための戸籍)",
        40,
        "亡くなった母の相続のため、銀行から「生まれてから亡くなるまでの戸籍」を求められました。",
        (Person("子", "見本 恵", "みほん めぐみ", 52),),
        ("戸籍(広域交付)の請求", "印鑑登録証明書", "固定資産の評価証明書"),
    ),
)


def of_library(key: str) -> Persona | None:
    return next((one for one in LIBRARY if one.key == key), None)


def as_scenario(persona: Persona, id: str, on: date) -> Raw:
    """The persona as a scenario of the records that are taken on that day."""
    return {
        "id": id,
        "life_event": persona.life_event,
        "title": persona.title,
        "planned_minutes": persona.planned_minutes,
        "situation": persona.situation,
        "household": [_person(n, one, on) for n, one in enumerate(persona.household)],
        "procedures": [{"id": f"k{n}", "name": name} for n, name in enumerate(persona.procedures, start=1)],
    }


def _person(n: int, one: Person, on: date) -> Raw:
    made: Raw = {
        "id": f"p{n + 1}",
        "relation": one.relation,
        "age": one.age,
        "name": one.name,
        "kana": one.kana,
        "born": born_words(n, one, on),
    }
    return made | ({"attributes": list(one.attributes)} if one.attributes else {})


def born_words(n: int, one: Person, on: date) -> str:
    """A birth date of that age on the day, as the person would write it."""
    month, day = BIRTHDAYS[n % len(BIRTHDAYS)]
    year = on.year - one.age - (0 if (month, day) <= (on.month, on.day) else 1)
    born = date(year, month, day)
    return born.isoformat() if one.western else era_date(born, weekday=False, western=False)


def own_scenarios(survey: Survey) -> Iterator[tuple[str, Raw]]:
    """Scenarios that this town walked in its other surveys: ``survey number/id`` and the scenario. Two queries."""
    others = Survey.objects.filter(engagement__municipality=survey.engagement.municipality_id)
    numbers = others.exclude(pk=survey.pk).order_by("-held_on").values_list("pk", "reference")
    names = dict(numbers[:20])
    latest: dict[int, SurveyVersion] = {}
    for version in SurveyVersion.objects.filter(survey__in=names).order_by("number"):
        latest[version.survey_id] = version
    for pk, reference in names.items():
        for scenario in latest[pk].document.get("scenarios") or () if pk in latest else ():
            yield f"{reference}/{scenario['id']}", scenario


def chosen(survey: Survey, key: str, id: str) -> Raw | None:
    """The scenario to add for a choice of the page; None for one that is no longer there."""
    persona = of_library(key)
    if persona is not None:
        return as_scenario(persona, id, survey.held_on)
    own: Mapping[str, Raw] = dict(own_scenarios(survey))
    return deepcopy(own[key]) | {"id": id} if key in own else None
