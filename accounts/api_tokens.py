"""API tokens of a person: made by themselves or by who runs the service, listed, ended, and over with the password."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from accounts.sign_in_letters import TOKEN_ISSUED, way_in_changed
from accounts.tokens import new_token, token_hash
from workflow import outbox
from workflow.actors import SYSTEM, Actor
from workflow.errors import BadInput
from workflow.log import record
from workflow.transactions import atomic

LIFETIMES = (30, 90, 365)
MOST_TOKENS = 20


@atomic
def issue_api_token(
    *,
    user: User,
    now: datetime,
    name: str = "",
    writes: bool = True,
    days: int = LIFETIMES[-1],
    actor: Actor = SYSTEM,
) -> str:
    """A new bearer token; the only moment at which it can be read. Raises BadInput where there are too many.

    Without ``writes`` it reads and does nothing else.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if valid(user, now).count() >= MOST_TOKENS:
        sentence = _("トークンは%(most)d個までです。使わないものを取り消してください。")
        raise BadInput({"name": [sentence % {"most": MOST_TOKENS}]})
    token = new_token()
    made = ApiToken.objects.create(
        user=user,
        token_hash=token_hash(token),
        name=name.strip(),
        writes=writes,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    data = {"token": made.pk, "writes": writes, "days": days}
    stream = f"account:{user.pk}"
    event = record(
        "account.token_issued", actor, stream=stream, data=data, personal={"name": made.name}, now=now
    )
    outbox.put([way_in_changed(user, TOKEN_ISSUED, now)], event=event, now=now)
    return token


def valid(user: User, now: datetime) -> QuerySet[ApiToken]:
    """The person's tokens that open something, newest first. One query."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).order_by("-pk")


@atomic
def revoke(user: User, pk: int, *, actor: Actor, now: datetime) -> None:
    """One token opens nothing any more. Raises BadInput for one that is not the person's, or over already."""
    if not valid(user, now).filter(pk=pk).update(revoked_at=now):
        raise BadInput({"": [_("このトークンは、もう使えなくなっています。画面を開き直してください。")]})
    record("account.token_revoked", actor, stream=f"account:{user.pk}", data={"token": pk}, now=now)


def revoke_all(user: User, *, actor: Actor, now: datetime) -> None:
    """With a new password, whatever was made with the old one is over. Within the caller's transaction."""
    if count := valid(user, now).update(revoked_at=now):
        record("account.tokens_revoked", actor, stream=f"account:{user.pk}", data={"count": count}, now=now)
