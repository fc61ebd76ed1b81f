from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings

from config.context import page as page_context
from tests.look.markup import Page
from workflow.actors import ANONYMOUS, Actor, Standing


def actor(*roles: str, kind: str = "user", scope: str = "office") -> Actor:
    standings = frozenset(Standing(role, scope) for role in roles)
    return Actor(kind, "1", "見本 花子", "岩手県葛巻町", 1, standings)


def request_of(who: Actor | None, path: str = "/engagements/4/", method: str = "get") -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(), method)(path)
    if who is not None:
        request.actor = who  # type: ignore[attr-defined]
    return request


def menu(who: Actor | None) -> list[str]:
    return [place["label"] for place in page_context(request_of(who))["page"]["nav"]]


@pytest.mark.parametrize(
    ("roles", "labels"),
    [
        (["contact"], ["ホーム", "申込・支援", "書類"]),
        (["approver"], ["ホーム", "申込・支援", "書類"]),
        (["section"], ["ホーム", "申込・支援"]),
        (["advisor"], ["ホーム", "支援", "書類", "自分の登録"]),
        (["trainee"], ["ホーム", "支援", "書類", "自分の登録"]),
        (
            ["secretariat"],
            ["ホーム", "募集", "申込", "マッチング", "支援", "書類", "アドバイザー", "アカウント"],
        ),
        (["admin"], ["ホーム", "募集", "申込", "マッチング", "支援", "書類", "アドバイザー", "アカウント"]),
        (["auditor"], ["ホーム", "マッチング", "支援", "書類", "記録"]),
        (["contact", "advisor"], ["ホーム", "申込・支援", "書類", "自分の登録"]),
        ([], []),
    ],
)
def test_the_menu_of_each_role(roles: list[str], labels: list[str]) -> None:
    assert menu(actor(*roles)) == labels


def test_who_came_by_a_link_sees_no_menu() -> None:
    assert menu(actor("section", kind="link")) == []


@pytest.mark.parametrize("who", [None, ANONYMOUS])
def test_a_page_stands_without_a_person(who: Actor | None) -> None:
    assert menu(who) == []
    assert page_context(request_of(who))["page"]["signed_in"] is False


def test_the_current_place_is_marked_once() -> None:
    places = page_context(request_of(actor("secretariat")))["page"]["nav"]
    assert [p["url"] for p in places if p["current"]] == ["/engagements/"]


def test_after_a_post_the_language_switch_leads_home() -> None:
    assert page_context(request_of(actor(), method="post"))["page"]["return_to"] == "/"


def frame(who: Actor) -> Page:
    return Page(render_to_string("base.html", {}, request=request_of(who)))


@override_settings(DEMO=True)
def test_every_demo_page_says_that_it_is_a_sample() -> None:
    assert frame(ANONYMOUS).one("div", _class="demo").text == "架空のデータです。氏名・数値は見本です。"


@override_settings(DEMO=False)
def test_a_real_installation_does_not() -> None:
    assert frame(ANONYMOUS).all("div", _class="demo") == []


def test_the_frame_has_its_landmarks() -> None:
    page = frame(actor("contact"))
    assert page.one("html")["lang"] == "ja"
    assert page.one("main")["id"] == (page.one("a", _class="skip")["href"] or "").removeprefix("#")
    assert "岩手県葛巻町" in page.one("a", _class="brand").text
    assert page.one("a", aria_current="page")["href"] == "/engagements/"
    assert page.one("title").text.endswith("窓口BPRアドバイザー派遣")


def test_languages_and_signing_out_are_posts_that_know_their_token() -> None:
    page = frame(actor("contact"))
    assert [(b["name"], b["value"]) for b in page.all("button", name="language")] == [
        ("language", "ja"),
        ("language", "en"),
    ]
    assert [form["method"] for form in page.all("form")] == ["post", "post"]
    assert len(page.all("input", name="csrfmiddlewaretoken")) == 2
    assert page.one("input", name="next")["value"] == "/engagements/4/"


def test_scripts_come_from_files_of_our_own() -> None:
    page = frame(actor("contact"))
    assert page.all("script")
    for script in page.all("script"):
        assert (script["src"] or "").startswith("/static/")
        assert "defer" in script.attrs
        assert script.text == ""


def test_a_wide_page_has_its_head_and_foot_as_wide_as_itself() -> None:
    """Else its name and menu stand in another column than what is below them. The projector has neither."""
    wide = "{%% block %s_class %%}wide{%% endblock %%}"
    pages = {
        page: page.read_text()
        for page in (settings.BASE_DIR / "templates").rglob("*.html")
        if page.name != "projector.html" and wide % "main" in page.read_text()
    }
    assert len(pages) > 10
    narrow = [
        str(page) for page, html in pages.items() if not all(wide % part in html for part in ("top", "foot"))
    ]
    assert narrow == []
