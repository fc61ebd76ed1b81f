from __future__ import annotations

import pytest
from allauth.account.forms import LoginForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tests.look.markup import Page

pytestmark = pytest.mark.django_db


def get(client: Client, path: str) -> Page:
    response = client.get(path)
    assert response.status_code == 200
    return Page(response.content.decode())


def test_the_sign_in_page_is_plain_and_labelled(client: Client) -> None:
    page = get(client, "/accounts/login/")
    assert page.one("h1").text == "サインイン"
    for name, label in (("login", "メールアドレス"), ("password", "パスワード")):
        control = page.one("input", name=name)
        assert page.one("label", _for=control["id"] or "").text == label
        assert control["placeholder"] is None


def test_a_failed_sign_in_says_what_to_do(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "nobody@town.example", "password": "wrong-password"})
    page = Page(response.content.decode())
    assert page.one("div", role="alert").text.startswith("サインインできませんでした")
    assert "パスワードを決め直す" in page.one("p", _class="why sec-gap-xs").text


def sign_in_page(**context: object) -> Page:
    request: HttpRequest = RequestFactory().get("/accounts/login/")
    return Page(render_to_string("account/login.html", {"form": LoginForm(), **context}, request=request))


def test_a_demo_lists_its_accounts() -> None:
    page = sign_in_page(demo_sign_ins=[("town@madoguchi.example", "葛巻町の担当")])
    assert page.one("dt").text == "town@madoguchi.example"
    assert "madoguchi-demo" in page.one("section").text


def test_a_real_installation_lists_none() -> None:
    assert sign_in_page().all("dl") == []


def test_a_new_password_is_asked_for_in_our_words(client: Client) -> None:
    page = get(client, "/accounts/password/reset/")
    assert page.one("h1").text == "パスワードを決め直す"
    assert page.one("label", _for="id_email").text == "メールアドレス"


def test_a_used_reset_link_offers_another(client: Client) -> None:
    page = get(client, "/accounts/password/reset/key/1-used-up/")
    assert page.one("h1").text == "このリンクは使えません"
    assert [a for a in page.all("a", href="/accounts/password/reset/") if a.has_class("main")]


def test_nobody_signs_up_alone(client: Client) -> None:
    page = get(client, "/accounts/signup/")
    assert page.one("h1").text == "アカウントは事務局が作ります"


def test_a_held_form_is_sent_on_with_one_button() -> None:
    context = {"path": "/applications/3/", "fields": [("note", "転入")], "files": True}
    page = Page(
        render_to_string("errors/held_form.html", context, request=RequestFactory().get("/accounts/resume/"))
    )
    assert page.one("form", action="/applications/3/")["method"] == "post"
    assert page.one("input", name="note")["value"] == "転入"
    assert "もう一度選んでください" in page.one("main").text
