from datetime import UTC, date, datetime

import pytest

from tests.look.markup import draw, draw_component

ROAD = [
    {"name": "申込", "state": "done", "when": "5月20日"},
    {"name": "② 体験調査", "state": "now", "when": "日程を調整中"},
    {"name": "予算要求の締切", "state": "later", "when": "10月30日(金)", "when2": "あと57日", "flag": True},
]


def test_the_road_says_where_we_are_without_colour() -> None:
    page = draw_component("road", road=ROAD)
    here = page.one("li", aria_current="step")
    assert "② 体験調査 (いまここ)".replace(" (", "(") in here.text
    assert ["(済)" in li.text for li in page.all("li")] == [True, False, False]
    assert page.all("li")[2].has_class("flag")


def test_next_has_the_one_main_button_and_its_date() -> None:
    step = {"title": "日を選んでください", "due": date(2026, 9, 7), "url": "/x/", "button": "候補を見る"}
    page = draw_component("next", next=step)
    (button,) = page.with_class("main")
    assert (button["href"], button.text) == ("/x/", "候補を見る")
    assert page.one("section")["aria-labelledby"] == page.one("h2")["id"]
    assert "9月7日(月)まで" in page.one("p", _class="due").text


def test_waits_name_whose_turn_it_is() -> None:
    waits = [{"who": "町", "mine": True, "what": "返事", "url": "/a/"}, {"who": "税務課", "what": "件数"}]
    page = draw_component("waits", waits=waits)
    assert [e.text for e in page.with_class("who")] == ["あなたの番", "税務課の番"]
    assert page.one("a", href="/a/").text == "返事"


@pytest.mark.parametrize("name", ["waits", "log"])
def test_an_empty_list_says_so(name: str) -> None:
    assert draw_component(name).one("p").text.endswith("。")


def test_a_late_record_shows_as_late_in_the_log() -> None:
    when = datetime(2026, 8, 10, 0, 15, tzinfo=UTC)
    events = [
        {
            "when": when,
            "who": "例示 太郎",
            "what": "①の記録を出しました",
            "late": True,
            "note": "夏季休業のため",
        }
    ]
    page = draw_component("log", events=events)
    assert page.one("time").text == "8月10日(月) 9:15"
    assert page.one("time")["datetime"] == "2026-08-10T09:15:00+09:00"
    assert "あとから記録" in page.one("li").text


def test_what_cannot_be_done_yet_links_to_what_unblocks_it() -> None:
    blocked = [{"title": "報告", "reason": "結果がまだありません。", "url": "/s/", "link_text": "日を選ぶ"}]
    page = draw_component("why", blocked=blocked)
    assert page.one("a")["href"] == "/s/"
    assert "結果がまだありません。" in page.one("p").text


def test_a_transition_is_sent_once_and_comes_back() -> None:
    page = draw(
        "{% transition_form '/t/submit/' '提出する' style='main' next_url='/e/1/' %}", csrf_token="t0ken"
    )
    assert page.one("form")["method"] == "post"
    assert page.one("input", name="csrfmiddlewaretoken")["value"] == "t0ken"
    assert page.one("input", name="idempotency_key")["value"]
    assert page.one("input", name="next_url")["value"] == "/e/1/"
    assert page.one("button")["aria-disabled"] is None


def test_a_transition_that_has_to_wait_says_why_and_sends_nothing() -> None:
    page = draw(
        "{% transition_form '/t/report/' '報告する' reasons=reasons %}", reasons=["結果がまだありません。"]
    )
    button = page.one("button")
    assert (button["type"], button["aria-disabled"]) == ("button", "true")
    assert page.one("div", id=button["aria-describedby"] or "").text == "結果がまだありません。"


def test_the_page_around_does_not_leak_into_a_transition() -> None:
    page = draw(
        "{% transition_form '/t/' '出す' %}", reasons=["よその理由"], style="stop", next_url="/elsewhere/"
    )
    assert page.one("button")["class"] == "btn"
    assert page.all("input", name="next_url") == []


def test_a_finished_document_is_a_link_and_stops_asking() -> None:
    document = {
        "name": "x_v3.pdf",
        "state": "done",
        "url": "/d/1/",
        "poll_url": "/p/",
        "version": 3,
        "hash": "9f2c",
    }
    page = draw_component("document", document=document)
    assert page.one("a")["href"] == "/d/1/"
    assert page.all("div")[0]["hx-get"] is None
    assert "第3版" in page.one("small").text


@pytest.mark.parametrize("state", ["queued", "making"])
def test_a_document_in_the_making_asks_again_with_and_without_scripts(state: str) -> None:
    page = draw_component(
        "document", document={"name": "x", "state": state, "poll_url": "/p/", "page_url": "/d/"}
    )
    asking = page.all("div")[0]
    assert (asking["hx-get"], asking["hx-trigger"], asking["hx-swap"]) == ("/p/", "every 2s", "outerHTML")
    assert page.one("a").text == "再読み込み"
    assert page.one("a")["href"] == "/d/"


def test_text_to_paste_can_be_selected_without_scripts() -> None:
    page = draw_component("paste", id="words-1", text="<64団体>")
    area = page.one("textarea")
    assert area.text == "<64団体>"
    assert "readonly" in area.attrs
    assert page.one("label")["for"] == "words-1"
    assert "hidden" in page.one("button", data_copy="words-1").attrs


def test_messages_are_announced_by_kind() -> None:
    page = draw_component("note", kind="error", text="この日は選べません。")
    assert page.one("div", role="alert").has_class("stop")


def test_an_empty_page_names_the_one_thing_to_do() -> None:
    page = draw_component(
        "empty", title="まだありません", text="ここに並びます。", url="/go/", button="準備を見る"
    )
    assert page.one("a", href="/go/").text == "準備を見る"
