"""People, the roles they hold for a period, signed links and API tokens."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality
from municipalities.text import fold


def section_scope(municipality: str, section: str) -> str:
    """The scope of one counter section of a municipality; two ways of writing its name give the same one."""
    return f"section:{municipality}/{fold(section)[:60]}"


class Role(models.TextChoices):
    CONTACT = "contact", _("町の担当")
    APPROVER = "approver", _("承認する方")
    EXECUTIVE = "executive", _("首長")
    SECTION = "section", _("窓口の課")
    ADVISOR = "advisor", _("アドバイザー")
    TRAINEE = "trainee", _("研修生")
    EMPLOYER = "employer", _("アドバイザーの勤め先")
    WALKER = "walker", _("体験者")
    SECRETARIAT = "secretariat", _("事務局")
    AUDITOR = "auditor", _("監査")
    ADMIN = "admin", _("管理者")
    SYSTEM = "system", _("システム")


#: Roles held for the whole installation, for one municipality, or for the person alone.
OFFICE_ROLES = frozenset({Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN})
#: Only an admin gives and ends these: nobody appoints who watches over them, nor somebody above them.
BY_ADMINS = frozenset({Role.AUDITOR, Role.ADMIN})
TOWN_ROLES = frozenset({Role.CONTACT, Role.APPROVER, Role.EXECUTIVE, Role.SECTION, Role.EMPLOYER})
PERSON_ROLES = frozenset({Role.ADVISOR, Role.TRAINEE})


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, *, name: str, password: str | None = None, **fields: Any) -> User:
        """A person who can sign in. Without a password, only a set-password link opens the account."""
        user = self.model(email=self.normalize_email(email), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do stands in their memberships and engagement roles, never here."""

    email = models.EmailField(_("メール"), unique=True)
    name = models.CharField(_("氏名"), max_length=80)
    section = models.CharField(_("部署"), max_length=120, blank=True)
    search_key = models.CharField(max_length=600, blank=True, editable=False)
    language = models.CharField(max_length=5, default="ja")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    def folded(self) -> str:
        return fold(f"{self.name} {self.section} {self.email}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded key by which the office finds a person."""
        self.search_key = self.folded()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_key"}
        super().save(*args, **kwargs)


class Membership(models.Model):
    """A role held for a municipality, for the office or by the person alone, from a day and perhaps until one."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    section = models.CharField(_("課"), max_length=120, blank=True)
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="membership_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(TOWN_ROLES), municipality__isnull=False)
                | Q(role__in=sorted(OFFICE_ROLES | PERSON_ROLES), municipality__isnull=True),
                name="membership_town_roles_have_a_town",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.municipality_id or 'office'}"

    @property
    def scope(self) -> str:
        if self.municipality_id:
            return f"municipality:{self.municipality_id}"
        return "office" if self.role in OFFICE_ROLES else f"person:{self.user_id}"

    @property
    def scopes(self) -> list[str]:
        """Every scope over which the role is held: a counter section's people hold theirs as well as the town's."""
        own = self.role == Role.SECTION and self.section
        return [self.scope, section_scope(str(self.municipality_id), self.section)] if own else [self.scope]

    @staticmethod
    def in_force(on: date) -> Q:
        return Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gte=on))


class SectionMailbox(models.Model):
    """Where a counter section of a municipality is reached when nobody in it has an account."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="section_mailboxes")
    section = models.CharField(_("課"), max_length=120)
    section_key = models.CharField(max_length=60, editable=False)
    email = models.EmailField(_("メール"))
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["section"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "section_key"],
                condition=Q(valid_to=None),
                name="section_mailbox_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality_id} {self.section}"

    @property
    def scope(self) -> str:
        return section_scope(str(self.municipality_id), self.section)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded name, so that one section has one open mailbox however it is written."""
        self.section_key = fold(self.section)[:60]
        super().save(*args, **kwargs)


class SignedLink(models.Model):
    """One act for one addressee without an account. Only the hash of the token is stored."""

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=30)
    role = models.CharField(max_length=20, choices=Role.choices)
    scope = models.CharField(max_length=80)
    version = models.CharField(max_length=64, blank=True)
    address = models.EmailField()
    name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["scope", "purpose"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.scope}"


class FormDraft(models.Model):
    """What somebody has typed into a form and not sent yet. One a form of a page; the addressee of a link has theirs too.

    Whose it is (``user:5`` or ``link:HASH``) and which page it stands on (a hash: addresses may hold a link's token).
    ``writing`` is one opening of the page: once its form was sent, ``values`` is None, and what that opening still says
    comes too late.
    """

    owner = models.CharField(max_length=80)
    page = models.CharField(max_length=64)
    form = models.CharField(max_length=200)
    writing = models.CharField(max_length=40)
    #: Pairs of name and value, as a browser would send them.
    values = models.JSONField(null=True)
    #: What the form was filled with: the version that its hidden fields name.
    base = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "form"], name="draft_once")]
        indexes = [models.Index(fields=["saved_at"])]

    def __str__(self) -> str:
        return f"{self.owner} {self.form}"


class Preview(models.Model):
    """A file between its preview and its keeping, for the person who sent it (``accounts.uploads``)."""

    owner = models.CharField(max_length=80)
    #: SHA-256 of the bytes.
    name = models.CharField(max_length=64)
    data = models.BinaryField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="preview_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.name[:12]}"


class Tally(models.Model):
    """How often somebody did a thing since ``since`` (``accounts.limits``). ``who`` is a keyed hash, no address."""

    limit = models.CharField(max_length=30)
    who = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["limit", "who"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.limit} {self.who[:12]}: {self.count}"


class ApiToken(models.Model):
    """A bearer token of an account; shown once, stored hashed. Without ``writes`` it only reads."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60, blank=True)
    writes = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token of {self.user_id}"
