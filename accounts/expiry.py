"""Until when the place in which somebody types lasts: what stands in brackets beside 「保存しました」."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities.dates import era_date


def signed_in(request: HttpRequest, now: datetime) -> str:
    """``(有効期限:サインイン18:15)``; empty for whoever is not signed in. One query."""
    until = _end_of_session(request, now)
    return _("(有効期限:サインイン{clock})").format(clock=until) if until else ""


def of_draft(request: HttpRequest, now: datetime, *, until: datetime) -> str:
    """``(有効期限:サインイン18:15、下書き1月29日)``, without the first for whoever came by a link. One query."""
    day = era_date(timezone.localdate(until), weekday=False, short=True)
    if clock := _end_of_session(request, now):
        return _("(有効期限:サインイン{clock}、下書き{day})").format(clock=clock, day=day)
    return _("(有効期限:下書き{day})").format(day=day)


def _end_of_session(request: HttpRequest, now: datetime) -> str:
    rows = Session.objects.filter(pk=request.session.session_key) if request.user.is_authenticated else ()
    for row in rows:
        end = timezone.localtime(row.expire_date)
        clock = f"{end.hour}:{end:%M}"
        return clock if end.date() == timezone.localdate(now) else f"{end.month}月{end.day}日{clock}"
    return ""
