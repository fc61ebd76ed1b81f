from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.look.browser.conftest import SITE, Site

FORM = """
<p data-saved role="status"></p>
<form data-autosave-url="/save/" method="post" action="/send/">
  <input type="hidden" name="csrfmiddlewaretoken" value="t0ken"><input type="hidden" name="version" value="1">
  <label>課<input class="in" name="office" id="id_office"></label>
  <label>転入<input type="checkbox" name="life" value="in"></label>
  <label>転出<input type="checkbox" name="life" value="out"></label>
  <p data-missing></p><button data-needs-all>出す</button>
</form>"""
GRID = """
<form><input type="hidden" name="g-TOTAL_FORMS" value="2"><table id="g" data-grid="g"><tbody>
  <tr><td><input name="g-0-a"></td><td><input name="g-0-b"></td></tr>
  <tr><td><input name="g-1-a"></td><td><input name="g-1-b"></td></tr>
</tbody><template data-grid-row>
  <tr><td><input name="g-__prefix__-a"></td><td><input name="g-__prefix__-b"></td></tr></template>
</table><button type="button" data-grid-more="g" hidden>行を足す</button></form>"""
PASTE = '{% include "components/paste.html" with id="words-1" text="支援は64団体です。" %}'


def saved(version: int, **more: object) -> tuple[int, dict[str, object]]:
    return 200, {"saved_at_label": "10:42", "version": version, "missing": [], **more}


def conflict(version: int) -> tuple[int, dict[str, object]]:
    both = {
        "field": "office",
        "label": "担当部署",
        "theirs": "総務課",
        "mine": "企画課",
        "by": "見本 花子さん",
        "at": "10:38",
    }
    return 409, {"version": version, "conflict": [both]}


def told(page: Page, sentence: str) -> None:
    expect(page.locator("[data-saved]")).to_have_text(sentence)


def test_what_is_typed_is_saved_and_what_is_missing_is_linked(site: Site) -> None:
    site.answers = [saved(2, missing=[{"field": "office", "label": "担当部署"}])]
    page = site.show(FORM)
    page.locator("[name=office]").fill("企画課")
    told(page, "10:42 に保存しました")
    expect(page.locator("[data-missing]")).to_have_text("あと1項目 担当部署")
    expect(page.locator("[data-missing] a")).to_have_attribute("href", "#id_office")
    expect(page.locator("[data-needs-all]")).to_have_attribute("aria-disabled", "true")
    assert page.locator("[name=version]").input_value() == "2"
    assert site.saved[0]["csrfmiddlewaretoken"] == ["t0ken"]
    assert site.saved[0]["office"] == ["企画課"]


def test_without_a_connection_the_text_waits_and_goes_later(site: Site) -> None:
    page = site.show(FORM)
    site.cut = True
    page.locator("[name=office]").fill("企画課")
    page.locator("[value=out]").check()
    told(page, "まだ送れていません。この端末に残し、つながり次第保存します")
    site.cut, site.answers = False, [saved(2)]
    page.evaluate("dispatchEvent(new Event('online'))")
    told(page, "10:42 に保存しました")
    assert site.saved[-1]["life"] == ["out"]
    assert page.evaluate("localStorage.length") == 0


def test_what_was_left_on_this_device_comes_back(site: Site) -> None:
    page = site.show(FORM)
    site.cut = True
    page.locator("[name=office]").fill("企画課")
    page.locator("[value=in]").check()
    told(page, "まだ送れていません。この端末に残し、つながり次第保存します")
    site.body = "<p>ほかのページ</p>"
    page.goto(f"{SITE}/elsewhere/")
    site.cut, site.answers, site.body = False, [saved(2)], FORM
    page.goto(f"{SITE}/")
    told(page, "10:42 に保存しました")
    assert page.locator("[name=office]").input_value() == "企画課"
    assert page.locator("[value=in]").is_checked()
    kept = page.evaluate("Object.values(localStorage).join()")
    assert "t0ken" not in kept


def test_two_versions_stand_side_by_side_until_one_is_chosen(site: Site) -> None:
    site.answers = [conflict(7), saved(8)]
    page = site.show(FORM)
    page.locator("[name=office]").fill("企画課")
    expect(page.locator(".versions")).to_contain_text("総務課")
    expect(page.locator(".versions")).to_contain_text("見本 花子さん 10:38")
    page.locator("[value=in]").check()
    page.get_by_role("button", name="こちらの内容にする").click()
    told(page, "10:42 に保存しました")
    assert len(site.saved) == 2
    assert site.saved[1]["version"] == ["7"]
    assert site.saved[1]["office"] == ["総務課"]
    assert site.saved[1]["life"] == ["in"]


def test_sending_waits_for_the_last_saving(site: Site) -> None:
    site.answers = [saved(2)]
    page = site.show(FORM)
    page.locator("[name=office]").fill("企画課")
    with page.expect_request(f"{SITE}/send/") as sent:
        page.locator("[data-needs-all]").click()
    assert "version=2" in (sent.value.post_data or "")


def test_a_form_is_not_sent_over_two_versions_that_wait_for_a_choice(site: Site) -> None:
    site.answers = [conflict(7), saved(8)]
    page = site.show(FORM)
    page.locator("[name=office]").fill("企画課")
    expect(page.locator(".versions")).to_be_visible()
    page.locator("[data-needs-all]").click()
    expect(page.locator(".versions")).to_be_focused()
    page.get_by_role("button", name="あなたの内容にする").click()
    told(page, "10:42 に保存しました")
    with page.expect_request(f"{SITE}/send/"):
        page.locator("[data-needs-all]").click()


def focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def test_the_grid_is_filled_by_keys(site: Site) -> None:
    page = site.show(GRID)
    page.locator("[name=g-0-a]").fill("468")
    page.keyboard.press("Enter")
    assert focus(page) == "g-1-a"
    page.keyboard.press("Control+d")
    assert page.locator("[name=g-1-a]").input_value() == "468"
    page.keyboard.press("ArrowUp")
    assert focus(page) == "g-0-a"
    page.keyboard.press("Tab")
    assert focus(page) == "g-0-b"


def test_rows_grow_when_the_last_is_in_use(site: Site) -> None:
    page = site.show(GRID)
    page.locator("[name=g-1-b]").fill("4")
    expect(page.locator("[name=g-2-a]")).to_be_visible()
    assert page.locator("[name=g-TOTAL_FORMS]").input_value() == "3"
    page.get_by_role("button", name="行を足す").click()
    assert focus(page) == "g-3-a"


def test_enter_while_kana_are_converted_stays_in_the_cell(site: Site) -> None:
    page = site.show(GRID)
    page.locator("[name=g-0-a]").focus()
    page.evaluate(
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert focus(page) == "g-0-a"


def test_text_is_copied_or_at_least_selected(site: Site) -> None:
    page = site.show(PASTE)
    page.get_by_role("button", name="文を写す").click()
    expect(page.locator("[data-copied]")).to_have_text("写しました")
    assert page.evaluate("getSelection().toString() || document.activeElement.id") in (
        "支援は64団体です。",
        "words-1",
    )


def test_icons_of_the_sprite_are_drawn(site: Site) -> None:
    page = site.show('{% icon "check" %}')
    box = page.locator("main .i use").evaluate("use => use.getBBox().width")
    assert box > 0


def test_without_scripts_nothing_is_offered_that_needs_them(plain_site: Site) -> None:
    page = plain_site.show(PASTE + GRID)
    expect(page.get_by_role("button", name="文を写す")).to_be_hidden()
    expect(page.get_by_role("button", name="行を足す")).to_be_hidden()
    expect(page.locator("textarea")).to_be_visible()
