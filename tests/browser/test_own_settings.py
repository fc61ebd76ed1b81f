"""A person's own settings: in which language they are written to."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.browser.desk import Camera, Desk
from tests.factories.engagements import office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
]


def test_the_language_of_mails_is_chosen_from_the_menu(desks: Any, camera: Camera) -> None:
    user = office()
    desk: Desk = desks(user)
    desk.page.locator("details.menu > summary").last.click()
    desk.press("自分の設定")
    camera.take(desk, "own-settings", phone=True, judged=True)
    desk.page.get_by_role("radio", name="English").check(force=True)
    desk.press("保存する")
    assert desk.reads("メールの言語を保存しました。")
    assert User.objects.get(pk=user.pk).language == "en"
