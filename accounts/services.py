"""What happens to accounts."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User
from municipalities.models import Municipality
from workflow.actors import SYSTEM, Actor
from workflow.log import record
from workflow.transactions import atomic


@atomic
def create_account(
    *,
    email: str,
    name: str,
    role: Role,
    municipality: Municipality | None,
    now: datetime,
    password: str | None = None,
) -> str:
    """A person with one role from today; returns the one-time address to set the password.

    Raises ``ValidationError`` for a bad address or one that has an account already.
    """
    validate_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError(_("%(email)s のアカウントはもうあります。") % {"email": email})
    user = User.objects.create_user(email, name=name, password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Membership.objects.create(
        user=user, role=role, municipality=municipality, valid_from=timezone.localdate(now)
    )
    record("account.created", SYSTEM, stream=f"account:{user.pk}", data={"role": role}, now=now)
    return set_password_url(user)


def set_password_url(user: User) -> str:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{settings.SITE_URL}/accounts/password/reset/key/{key}/"


@atomic
def choose_language(*, user: User, language: str, actor: Actor, now: datetime) -> None:
    """In which language this person is written to from now on; a code of ``settings.LANGUAGES``."""
    user.language = language
    user.save(update_fields=["language"])
    record(
        "account.language_chosen", actor, stream=f"account:{user.pk}", data={"language": language}, now=now
    )
