"""What an application still lacks, a sentence each: the meter, the guards of ``submit`` and the API read it here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from engagements.programme.models import Question
from engagements.programme.selectors import questions
from municipalities.text import graphemes

#: A question under this key gives words and length to the fixed field of the same name.
AIMS = "aims"
#: Fields of the form, by its part.
PARTS = {
    1: ("contact_section", "contact_name", "contact_email", "contact_phone"),
    2: (),
    3: ("life_events", AIMS),
    4: ("months", "mode"),
    5: ("wishes", "leave_to_office", "wants_trainee"),
    6: ("approver_name", "approver_email"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing before the application can be sent, and where on the form it is."""

    field: str
    label: str
    sentence: str
    part: int


def answer_field(question: Question) -> str:
    """The form's name for a question."""
    return AIMS if question.key == AIMS else f"q_{question.key}"


def edit_url(application: Any, field: str) -> str:
    return f"{reverse('application-edit', args=[application.pk])}#id_{field}"


def missing(application: Any) -> list[Missing]:
    """Everything that is missing, in the order of the form. One query for the questions."""
    rows = [*_contact(application), *_scope(application), *_answers(application), *_approver(application)]
    return sorted(rows, key=lambda row: row.part)


def needed(application: Any) -> int:
    """How many things the form asks for altogether."""
    required = sum(question.required for question in questions(application.call.programme))
    return required + len(_CONTACT) + len(_approver_checks()) + 3


_CONTACT: tuple[tuple[str, Callable[[], str], Callable[[], str]], ...] = (
    ("contact_section", lambda: _("担当部署"), lambda: _("担当部署を入れてください。")),
    ("contact_name", lambda: _("担当者"), lambda: _("担当者のお名前を入れてください。")),
    ("contact_email", lambda: _("メール"), lambda: _("連絡のつくメールを入れてください。")),
)


def _contact(application: Any) -> Iterator[Missing]:
    for field, label, sentence in _CONTACT:
        if not getattr(application, field).strip():
            yield Missing(field, label(), sentence(), 1)


def _scope(application: Any) -> Iterator[Missing]:
    if not application.life_events:
        yield Missing("life_events", _("取り上げたい場面"), _("取り上げたい場面を1つ以上選んでください。"), 3)
    lacking = application.call.programme.months_needed - len(set(application.months))
    if lacking > 0:
        words = {"lacking": lacking, "needed": application.call.programme.months_needed}
        sentence = (
            _("受けられる月があと%(lacking)dつ要ります。%(needed)dか月あると①から③まで組めます。") % words
        )
        yield Missing("months", _("受けられる月"), sentence, 4)
    if not application.mode:
        yield Missing("mode", _("進め方"), _("現地かオンラインか、進め方を選んでください。"), 4)


def _answers(application: Any) -> Iterator[Missing]:
    for question in questions(application.call.programme):
        value = application.aims if question.key == AIMS else application.answers.get(question.key)
        if sentence := _unanswered(question, value):
            yield Missing(answer_field(question), question.label, sentence, question.part)


def _unanswered(question: Question, value: Any) -> str:
    if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
        return _("「%(label)s」に答えてください。") % {"label": question.label} if question.required else ""
    if not _fits(question, value):
        return _("「%(label)s」の選び方が変わりました。もう一度答えてください。") % {"label": question.label}
    lacking = question.min_length - graphemes(str(value).strip())
    if lacking > 0:
        words = {"label": question.label, "lacking": lacking}
        return _("「%(label)s」はあと%(lacking)d字お願いします。") % words
    return ""


def _fits(question: Question, value: Any) -> bool:
    """Whether an answer, perhaps given to an earlier version of the form, is one that the question takes."""
    if question.kind in (Question.Kind.CHOICE, Question.Kind.CHOICES):
        known = {code for code, _text in question.choices}
        return set(value if isinstance(value, list) else [value]) <= known
    if question.kind == Question.Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    return question.kind == Question.Kind.BOOLEAN or isinstance(value, str)


def _approver_checks() -> tuple[Callable[[Any], Missing | None], ...]:
    return (_approver_name, _approver_email)


def _approver(application: Any) -> Iterator[Missing]:
    for check in _approver_checks():
        if (row := check(application)) is not None:
            yield row


def _approver_name(application: Any) -> Missing | None:
    if application.approver_name.strip():
        return None
    return Missing("approver_name", _("承認する方"), _("承認する方のお名前を入れてください。"), 6)


def _approver_email(application: Any) -> Missing | None:
    address, label = application.approver_email.strip().casefold(), _("承認する方のメール")
    if not address:
        return Missing("approver_email", label, _("承認する方のメールを入れてください。"), 6)
    if address in writers(application):
        sentence = _("承認は別の方にお願いします。担当者とは違うメールを入れてください。")
        return Missing("approver_email", label, sentence, 6)
    return None


def writers(application: Any) -> set[str]:
    """The addresses of those who wrote the application; none of them may approve it."""
    saved_by = (
        application.saved_by.email if application.saved_by_id and not application.typed_by_office else ""
    )
    return {
        address.strip().casefold() for address in (application.contact_email, saved_by) if address.strip()
    }
