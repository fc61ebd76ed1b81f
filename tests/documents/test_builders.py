"""What each kind of document says, and that it says it from its snapshot alone."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from engagements.documents import services
from engagements.documents.models import DocumentKind
from engagements.plans.models import Decision, Plan
from engagements.rounds.models import Offer
from engagements.survey import remarks, selectors
from tests.documents.reading import blocks_of, page_of, snapshot_of, text_of, words
from tests.factories import applications as applied
from tests.factories import documents as made
from tests.factories.engagements import member
from tests.factories.plans import final_plan
from tests.factories.programme import seeded
from tests.factories.rounds import OfferFactory
from workflow import SYSTEM, perform
from workflow.log import canonical_text

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
APPLICATION, REPORT, PLAN = DocumentKind.APPLICATION, DocumentKind.SURVEY_REPORT, DocumentKind.REFORM_PLAN
SHEET = DocumentKind.DECISION_SHEET
DISPATCH = DocumentKind.DISPATCH_REQUEST
OFFICE = DocumentKind.REFORM_PLAN_OFFICE


def drawn(kind, subject):
    snapshot = snapshot_of(kind, subject)
    return services.draw(kind, snapshot, version=1, issued_at=timezone.now()).content


def subjects():
    engagement = made.engagement()
    survey = made.survey(engagement, *made.three_teams())
    plan = made.plan(engagement)
    return {
        APPLICATION: applied.submitted(),
        REPORT: survey,
        PLAN: plan,
        OFFICE: plan,
        SHEET: plan,
        DISPATCH: OfferFactory(state="accepted", answer_due=date(2026, 9, 17)),
    }


def test_a_snapshot_is_all_that_a_page_is_made_from(django_assert_num_queries):
    for kind, subject in subjects().items():
        snapshot = snapshot_of(kind, subject)
        with django_assert_num_queries(0):
            html = page_of(kind, snapshot)
        assert snapshot["title"] in html
        assert canonical_text(snapshot) == canonical_text(snapshot_of(kind, subject))


def test_the_same_snapshot_gives_the_same_page():
    """And the same page gives the same bytes (``test_pdf``)."""
    for kind, subject in subjects().items():
        snapshot = snapshot_of(kind, subject)
        assert page_of(kind, snapshot) == page_of(kind, snapshot)


@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demo_says_that_its_data_are_invented(demo, settings):
    settings.DEMO = demo
    for kind, subject in subjects().items():
        assert ("架空のデータ" in page_of(kind, snapshot_of(kind, subject))) is demo


# --- the application -----------------------------------------------------------------------------------


def test_an_application_prints_every_answer_in_words_with_its_receipt():
    application = applied.submitted(contact_name=made.NAMES[0])
    said = words(page_of(APPLICATION, snapshot_of(APPLICATION, application)))
    received = timezone.localtime(application.received_at)
    for expected in (
        "様式第1号",
        application.reference,
        f"{received.hour}:{received:%M}",
        "1 担当",
        "2 いまの窓口",
        "3 変えたいこと",
        "4 時期と進め方",
        "5 アドバイザー",
        made.NAMES[0],
        "転入、おくやみ",
        "7月、9月、10月",
        "現地とオンライン",
        "計画を作るところ",
        "事務局に任せる",
        applied.AIMS,
    ):
        assert expected in said, expected
    assert "q_dx_plan" not in said
    assert "making" not in said


def test_names_and_markup_are_printed_as_they_were_written(tmp_path):
    name = f"<b>{made.NAMES[1]}</b> & {made.NAMES[2]}"
    application = applied.submitted(contact_name=name)
    assert name in text_of(drawn(APPLICATION, application), tmp_path)


def test_consent_does_not_change_the_paper_that_it_is_given_to():
    application = applied.issued()
    before = snapshot_of(APPLICATION, application)
    approver = member(Role.APPROVER, application.municipality, email="kacho9@town.example.test")
    perform("consent", application, applied.acting(approver), document_hash=application.issued_hash)
    application.refresh_from_db()
    assert application.consented_at
    assert snapshot_of(APPLICATION, application) == before


def test_a_draft_has_no_paper_yet():
    application = applied.filled()
    assert not services.builder_of(APPLICATION).subjects().filter(pk=application.pk).exists()


def test_the_blank_form_has_a_box_for_every_question_and_stays_the_same(tmp_path):
    programme = seeded()
    first, second = (services.blank_application(date(2026, 9, day)) for day in (1, 2))
    assert first.sha256 == second.sha256
    said = text_of(first.content, tmp_path).replace("\n", "").replace(" ", "")
    for question in programme.questions.all():
        assert question.label[:8] in said, question.label
    assert "□転入" in said
    assert "第1版" not in said


# --- the dispatch request ------------------------------------------------------------------------------


def test_a_dispatch_request_asks_the_employer_for_whom_where_when_and_by_when():
    offer = OfferFactory(state="accepted", answer_due=date(2026, 9, 17))
    programme = offer.application.call.programme
    programme.employer_consent, programme.dispatch_costs = True, "旅費は事務局が負担します。"
    programme.save()
    offer = services.builder_of(DISPATCH).subjects().get(pk=offer.pk)
    offer.advisor.user.name = made.NAMES[0]
    said = words(page_of(DISPATCH, snapshot_of(DISPATCH, offer)))
    for expected in (
        "様式第2号",
        offer.reference,
        f"{offer.advisor.employer.full_name}長 様",
        made.NAMES[0],
        offer.application.municipality.full_name,
        "転入、おくやみ",
        "9月・10月・11月",
        "旅費は事務局が負担します。",
        "令和8年(2026年)9月17日",
    ):
        assert expected in said, expected


def test_the_answer_does_not_change_the_dispatch_request():
    offer = OfferFactory(state="accepted", answer_due=date(2026, 9, 17))
    before = snapshot_of(DISPATCH, services.builder_of(DISPATCH).subjects().get(pk=offer.pk))
    Offer.objects.filter(pk=offer.pk).update(state="employer_consented", conditions="月2回まで")
    assert snapshot_of(DISPATCH, services.builder_of(DISPATCH).subjects().get(pk=offer.pk)) == before


def test_nobody_is_asked_for_an_employee_who_has_not_accepted():
    OfferFactory(state="sent")
    OfferFactory(state="declined")
    assert not services.builder_of(DISPATCH).subjects().exists()


# --- the survey report ---------------------------------------------------------------------------------


def test_missed_procedures_come_first_and_unfinished_teams_stay_out_of_the_medians():
    survey = made.survey(made.engagement(), *made.three_teams())
    snapshot = snapshot_of(REPORT, survey)
    kinds = [block["block"] for block in blocks_of(snapshot, "summary")]
    assert kinds.index("call") < kinds.index("text")
    (missed,) = blocks_of(snapshot, "summary", "call")
    assert "犬の登録の変更: 最後まで回った2班のうち2班で漏れました。" in missed["text"]
    assert "転入届" not in missed["text"]
    (measures, _writes) = blocks_of(snapshot, "scenario-s1", "table")
    assert measures["rows"][0] == ["所要時間", 140, 146, 152, "分", 2]
    notes = " ".join(block["text"] for block in blocks_of(snapshot, "scenario-s1", "note"))
    assert "C班 164分以上(時間切れ)" in notes
    assert "ほかの町の数とは比べられません" in notes


def test_the_summary_says_who_walked_what_when_and_against_which_plan():
    survey = made.survey(made.engagement(), *made.three_teams())
    (said,) = blocks_of(snapshot_of(REPORT, survey), "summary", "text")
    assert said["text"].startswith(
        "令和8年(2026年)9月17日(木)、新しく入った職員が「転入(5人家族と犬1匹)」を体験しました。"
    )
    assert "3班のうち2班が最後まで回りました。" in said["text"]
    assert "時間の分かる3班のうち3班が、予定の120分より長くかかりました。" in said["text"]
    assert "所要時間は146分、そのうち待ちは62分でした(最後まで回った2班の中央値)。" in said["text"]


def test_the_list_of_observations_has_the_numbers_of_the_flags():
    survey = made.survey(made.engagement(), *made.three_teams())
    snapshot = snapshot_of(REPORT, survey)
    (timeline,) = blocks_of(snapshot, "scenario-s1", "timeline")
    flags = {flag["number"]: flag["kind"] for route in timeline["routes"] for flag in route["flags"]}
    listed = [row for block in blocks_of(snapshot, "observations", "table") for row in block["rows"]]
    words_of = {"problem": "困りごと", "good": "よかったこと", "idea": "思いつき"}
    assert {int(row[0]): row[1] for row in listed} == {
        number: words_of[kind] for number, kind in flags.items()
    }
    assert len(listed) == 12


def test_a_remark_is_printed_only_after_its_section_has_had_it():
    """People outside the survey team read the report: the executive, the approver, the auditor."""
    ahead = made.route("A")
    ahead["visits"][0] |= {"section": "町民課"}
    ahead["visits"][0]["observations"] = [
        {"kind": "problem", "category": "wayfinding", "text": "窓口の番号が読めない"}
    ]
    ahead["observations"] = [{"kind": "good", "category": "wayfinding", "text": "入口で声をかけられた"}]
    survey = made.survey(made.engagement(), ahead, shared=False)

    before = str(snapshot_of(REPORT, survey))
    assert "窓口の番号が読めない" not in before
    assert "入口で声をかけられた" in before
    assert "ほかの1件は、窓口の課が先に読んでから" in before

    remarks.share(survey, selectors.observations(selectors.latest_document(survey)), now=timezone.now())
    after = str(snapshot_of(REPORT, survey))
    assert "窓口の番号が読めない" in after
    assert "ほかの1件は" not in after


def test_the_plan_flags_a_remark_only_after_its_section_has_had_it():
    ahead = made.route("A", remarks=1)
    engagement = made.engagement()
    survey = made.survey(engagement, ahead, shared=False)
    plan = made.plan(engagement)

    def flags():
        (timeline,) = blocks_of(snapshot_of(PLAN, plan), "now", "timeline")
        return [flag for route in timeline["routes"] for flag in route["flags"]]

    assert flags() == []
    remarks.share(survey, selectors.observations(selectors.latest_document(survey)), now=timezone.now())
    assert len(flags()) == 1


def test_fields_are_summed_over_the_teams_and_avoided_writing_stands_apart():
    survey = made.survey(made.engagement(), *made.three_teams())
    (figure,) = blocks_of(snapshot_of(REPORT, survey), "scenario-s1", "writes")
    assert figure["rows"] == [
        {"label": "氏名", "written": 36, "avoided": 0},
        {"label": "住所", "written": 54, "avoided": 0},
        {"label": "生年月日", "written": 0, "avoided": 18},
    ]
    assert "3班の合計" in figure["caption"]


def test_a_survey_that_nobody_walked_says_so(tmp_path):
    survey = made.survey(made.engagement())
    said = text_of(drawn(REPORT, survey), tmp_path)
    assert "道のりはまだ記録されていません" in said
    assert "気づきはまだ記録されていません" in said


def test_a_survey_on_paper_without_a_clock_claims_no_times():
    paper = {
        "id": "r1",
        "scenario": "s1",
        "team": "A",
        "ended": "finished",
        "totals": {"writes": 75, "forms": 37},
    }
    snapshot = snapshot_of(REPORT, made.survey(made.engagement(), paper))
    rows = {row[0]: row[1:] for row in blocks_of(snapshot, "scenario-s1", "table")[0]["rows"]}
    assert rows["書いた回数"] == [75, 75, 75, "回", 1]
    assert rows["所要時間"] == [None, None, None, "分", 0]
    said = words(page_of(REPORT, snapshot))
    assert "手続きの漏れは分かりません" in said
    assert "書いたものの記録はありません" in said


def test_a_resurvey_is_compared_where_it_can_be():
    engagement = made.engagement()
    made.survey(engagement, made.route("A"), made.route("B", late=2))
    again = made.survey(engagement, made.route("A", late=-2), number=2, held_on=date(2027, 9, 9))
    (bars,) = blocks_of(snapshot_of(REPORT, again), "changes", "bars")
    total = next(row for row in bars["rows"] if row["label"] == "所要時間")
    assert (total["before"], total["after"], total["unit"]) == (146, 128, "分")
    assert (bars["before"], bars["after"]) == ("1回目 令和8年9月17日", "2回目 令和9年9月9日")


def test_another_household_is_not_compared_and_the_report_says_why():
    engagement = made.engagement()
    made.survey(engagement, made.route("A"))
    alone = [{"id": "p1", "relation": "世帯主", "age": 70}]
    again = made.survey(engagement, made.route("A"), number=2, household=alone)
    snapshot = snapshot_of(REPORT, again)
    assert blocks_of(snapshot, "changes", "bars") == []
    assert "家族設定が違います" in blocks_of(snapshot, "changes", "text")[0]["text"]


def test_a_first_survey_has_no_comparison():
    snapshot = snapshot_of(REPORT, made.survey(made.engagement(), made.route("A")))
    assert "changes" not in {chapter["anchor"] for chapter in snapshot["chapters"]}


# --- the reform plan -----------------------------------------------------------------------------------


def planned(**values):
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    return made.plan(engagement, **values)


def test_a_plan_asks_decision_by_decision_with_empty_boxes():
    snapshot = snapshot_of(PLAN, planned())
    judges = blocks_of(snapshot, "decisions", "judge")
    assert [judge["heading"] for judge in judges] == [
        f"判断{n} 転入の申請書を1枚にまとめる({n})" for n in (1, 2, 3)
    ]
    for judge in judges:
        assert [label for label, _taken in judge["choices"]] == [
            "認める",
            "条件を付けて認める",
            "先に延ばす",
            "認めない",
        ]
        assert not any(taken for _label, taken in judge["choices"])
        facts = dict(judge["rows"])
        assert facts["費用"] == "0円"
        assert "(実測)" in facts["効果(見込み)"]
        assert "(見込み)" in facts["効果(見込み)"]
    assert [block["block"] for block in blocks_of(snapshot, "decisions")][-1] == "sign"
    assert snapshot["addressee"] == "見本町長 見本 町子"


def test_the_contents_lead_to_every_chapter_and_decision():
    html = page_of(PLAN, snapshot_of(PLAN, planned()))
    for anchor in (
        "vision",
        "now",
        "decisions",
        "decision-1",
        "decision-3",
        "roadmap",
        "kpis",
        "background",
        "again",
    ):
        assert f'href="#{anchor}"' in html
        assert html.count(f'id="{anchor}"') == 1


def test_an_answered_plan_shows_what_was_taken_and_its_condition():
    plan = planned(decisions=4)
    states = ("adopted", "adopted_with_condition", "rejected", "started")
    for row, state in zip(plan.decisions.all(), states, strict=True):
        Decision.objects.filter(pk=row.pk).update(
            state=state, condition="月に1回知らせること" if "with" in state else ""
        )
    now = timezone.now()
    Plan.objects.filter(pk=plan.pk).update(
        state="answered", answered_at=now, answered_by="見本 町子", answered_hash="ab" * 32
    )
    snapshot = snapshot_of(PLAN, Plan.objects.get(pk=plan.pk))
    judges = blocks_of(snapshot, "decisions", "judge")
    taken = [[label for label, taken in judge["choices"] if taken] for judge in judges]
    assert taken == [["認める"], ["条件を付けて認める"], ["認めない"], ["認める"]]
    assert [judge["condition"] for judge in judges] == ["", "月に1回知らせること", "", ""]
    (answer,) = blocks_of(snapshot, "decisions", "facts")
    assert dict(answer["rows"])["お答えの対象(ファイルの照合値)"] == "ab" * 32
    assert blocks_of(snapshot, "decisions", "sign") == []


def test_residents_and_staff_stand_in_tables_of_their_own():
    tables = blocks_of(snapshot_of(PLAN, planned()), "kpis", "table")
    targets, residents, staff = tables
    assert targets["rows"] == [["転入の所要時間", "156", "90.5", "分", "令和9年(2027年)9月30日", "体験調査"]]
    assert residents["columns"][3:6] == ["#いま(実測)", "#見込み", "変わる量(見込み)"]
    assert residents["rows"][0][3:] == ["30回", "20回", "10回減る"]
    assert staff["rows"][0][1:] == ["480", 5, "40時間"]
    assert not any("時間" in str(cell) for row in residents["rows"] for cell in row)


def test_what_a_comparable_resurvey_measured_stands_beside_the_promise():
    plan = planned()
    made.survey(plan.engagement, made.route("A"), number=2, held_on=date(2027, 9, 9))
    residents = blocks_of(snapshot_of(PLAN, plan), "kpis", "table")[1]
    assert residents["columns"][-1] == "#再調査(実測)"
    assert residents["rows"][0][-1] == "30回"


def test_steps_stand_under_their_fiscal_year():
    snapshot = snapshot_of(PLAN, planned())
    (figure,) = blocks_of(snapshot, "roadmap", "roadmap")
    assert figure["years"] == [2026, 2027]
    captions = [block["caption"].partition(" ")[2] for block in blocks_of(snapshot, "roadmap", "table")]
    assert captions == ["令和8年度(2026年度)", "令和9年度(2027年度)"]
    first = blocks_of(snapshot, "roadmap", "table")[0]["rows"]
    assert ["番号札の機械を移す", "町民生活課", "令和8年10月から令和9年3月まで"] in first


def test_a_draft_says_that_it_is_one_and_a_finished_plan_does_not():
    plan = planned()
    assert any("下書き" in value for _label, value in snapshot_of(PLAN, plan)["gist"])
    Plan.objects.filter(pk=plan.pk).update(state="final")
    final = snapshot_of(PLAN, Plan.objects.get(pk=plan.pk))
    Plan.objects.filter(pk=plan.pk).update(state="reported")
    assert final == snapshot_of(PLAN, Plan.objects.get(pk=plan.pk))
    assert not any("下書き" in value for _label, value in final["gist"])


def test_an_empty_plan_can_be_printed(tmp_path):
    plan = made.plan(made.engagement(), decisions=0, vision="", vision_text="", background="")
    said = text_of(drawn(PLAN, plan), tmp_path)
    for sentence in (
        "まだ書かれていません",
        "窓口利用体験調査の記録は、まだありません",
        "改善案は、まだありません",
    ):
        assert sentence in said


def test_unknown_costs_are_counted_and_not_taken_for_nothing():
    plan = planned()
    Decision.objects.filter(plan=plan, position=2).update(cost_yen=None)
    Decision.objects.filter(plan=plan, position=1).update(cost_yen=1_200_000)
    assert dict(snapshot_of(PLAN, plan)["gist"])["費用"] == "1,200,000円(費用が未定の改善案 1件)"


def test_a_plan_is_read_in_a_constant_number_of_queries():
    counts = []
    for number in (1, 3):
        plan = Plan.objects.get(pk=planned(decisions=number).pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            snapshot_of(PLAN, plan)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the edition for the whole office ----------------------------------------------------------------------


def test_the_offices_edition_tells_each_section_its_part_and_asks_nobody_to_decide():
    engagement = made.engagement()
    made.survey(engagement, *made.three_teams())
    plan = made.plan(engagement, decisions=0)
    made.decision(plan, 1, owner_section="町民生活課", title="申請書を1枚にまとめる")
    made.decision(plan, 2, owner_section="税務課", title="押印をやめる")
    made.decision(plan, 3, owner_section="町民 生活課", title="番号札の機械を入口に移す")
    dropped = made.decision(plan, 4, owner_section="税務課", title="やらないこと")
    Decision.objects.filter(pk=dropped.pk).update(state="rejected")
    snapshot = snapshot_of(OFFICE, plan)
    tables = {
        block["caption"].partition(" ")[2]: block["rows"]
        for block in blocks_of(snapshot, "sections", "table")
    }
    assert {name: [row[0] for row in rows] for name, rows in tables.items()} == {
        "町民生活課": ["申請書を1枚にまとめる", "番号札の機械を入口に移す"],
        "税務課": ["押印をやめる"],
    }
    kinds = {block["block"] for chapter in snapshot["chapters"] for block in chapter["blocks"]}
    assert not kinds & {"judge", "sign"}
    assert ["改善案", "4件"] in snapshot["gist"]
    assert "ご判断いただくこと" not in dict(snapshot["gist"])


def test_the_offices_edition_is_never_what_the_executive_answers():
    plan = final_plan(sha256="")
    before = (plan.issued_document, plan.issued_hash)
    asked = services.request_document(OFFICE, plan, actor=SYSTEM, now=timezone.now())
    services.make(asked.pk, now=timezone.now())
    plan.refresh_from_db()
    assert (plan.issued_document, plan.issued_hash) == before


def test_an_empty_plan_has_an_offices_edition_that_says_so():
    said = words(page_of(OFFICE, snapshot_of(OFFICE, made.plan(made.engagement(), decisions=0))))
    assert "課にお願いする改善案は、まだありません。" in said
