"""Typed text is kept before it is sent: one mechanism for every form of every page (``static/js/draft.js``)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import FormDraft
from accounts.tokens import token_hash
from workflow.actors import ANONYMOUS
from workflow.errors import BadInput
from workflow.incoming import Limits, can_be_stored

#: Of a draft: the pairs, all characters together, and how many one person may have at once.
MOST_VALUES, MOST_CHARACTERS, MOST_DRAFTS = 5_000, 100_000, 200
LIMITS = Limits(size=1 << 20, values=3 * MOST_VALUES + 10, depth=5, text=MOST_CHARACTERS)
KEPT = timedelta(days=60)
#: The field in which a form says which draft it was: page, writing and form, with a space between.
FIELD = "draft"
#: One opening of a page, as the script names it; and the cookie, for seconds, that tells a stranger's browser of one
#: whose form was taken.
WRITING = re.compile(r"\d{1,10}(-\d{1,10}){2}", re.ASCII)
TAKEN, TAKEN_LASTS = "draft_taken", 600
LINK = re.compile(r"/l/([^/]+)/")
#: How long a sent form is remembered, against what was on its way when it was sent.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a page says of one of its forms; ``values`` None: there is nothing to keep any more."""

    page: str
    form: str
    writing: str
    base: str
    values: list[list[str]] | None


def read(sent: Any) -> Typed:
    """Raises BadInput for what no page of ours says, and where it is too long to be kept."""
    if not isinstance(sent, dict):
        raise _unreadable()
    words = {name: sent.get(name) for name in ("page", "form", "writing", "base")}
    limits = {"page": 2_000, "form": 200, "writing": 40, "base": 200}
    if not all(_is_text(word) and len(word) <= limits[name] for name, word in words.items()):
        raise _unreadable()
    values = sent.get("values")
    if values is not None and not _are_pairs(values):
        raise _unreadable()
    if sum(len(name) + len(value) for name, value in values or ()) > MOST_CHARACTERS:
        raise BadInput({"values": [_("長すぎるため、下書きとしては残せません。早めに送ってください。")]})
    return Typed(values=values, **{name: str(word) for name, word in words.items()})


def _unreadable() -> BadInput:
    return BadInput({"": [_("下書きを読み取れません。ページを開き直してください。")]})


def _are_pairs(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= MOST_VALUES
        and all(isinstance(pair, list) and len(pair) == 2 for pair in values)
        and all(_is_text(word) for pair in values for word in pair)
    )


def _is_text(word: Any) -> TypeGuard[str]:
    return isinstance(word, str) and can_be_stored(word)


def owner_of(request: HttpRequest) -> str:
    """Whose drafts a request's pages have: the addressee's on a page by signed link, else the person's; nobody's: ""."""
    found = LINK.match(request.path)
    if found:
        return f"link:{token_hash(found[1])}"
    actor = getattr(request, "actor", ANONYMOUS)
    return str(actor.key) if actor.kind == "user" else ""


def address_of(request: HttpRequest) -> str:
    """Where the pages of this request keep drafts; empty for those who have none."""
    found = LINK.match(request.path)
    return f"{found[0]}draft/" if found else "/drafts/" if owner_of(request) else ""


def page_key(page: str) -> str:
    return hashlib.sha256(page.encode(errors="surrogatepass")).hexdigest()


def keep(owner: str, typed: Typed, *, now: datetime) -> None:
    """Keep what was typed, in place of what this form had; what comes after its form was sent is passed over."""
    fields: dict[str, Any] = {"owner": owner, "page": page_key(typed.page), "form": typed.form}
    fresh = {"writing": typed.writing, "values": typed.values, "base": typed.base, "saved_at": now}
    with transaction.atomic():
        known = FormDraft.objects.select_for_update().filter(**fields).first()
        if known is not None and known.values is None and known.writing == typed.writing:
            return
        if typed.values is None:
            FormDraft.objects.filter(**fields).delete()
            return
        FormDraft.objects.update_or_create(**fields, defaults=fresh)
        _drop_oldest(owner)


def _drop_oldest(owner: str) -> None:
    beyond = FormDraft.objects.filter(owner=owner).order_by("-saved_at", "-pk")[MOST_DRAFTS:]
    FormDraft.objects.filter(pk__in=list(beyond.values_list("pk", flat=True))).delete()


def of_page(owner: str, page: str) -> list[FormDraft]:
    """What this person has typed on this page and not sent. One query."""
    return list(FormDraft.objects.filter(owner=owner, page=page_key(page), values__isnull=False))


def sent(owner: str, *, page: str, form: str, writing: str, now: datetime) -> None:
    """A form was sent and taken: its draft goes, and what is still on its way does not bring it back."""
    done = {"writing": writing, "values": None, "base": "", "saved_at": now}
    try:
        with transaction.atomic():
            FormDraft.objects.update_or_create(
                owner=owner, page=page_key(page), form=form[:200], defaults=done
            )
    except IntegrityError:  # two at once: the other one has said it
        return


def drop(owner: str, pages: Iterable[str]) -> None:
    """What this person typed on these pages was sent from another page."""
    FormDraft.objects.filter(owner=owner, page__in=[page_key(page) for page in pages]).delete()
