"""Settings that every installation shares. Values that differ come from the environment (docs/operations.md)."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.mail import addresses, email_settings


def whole_number(variable: str, usual: int) -> int:
    """The number in an environment variable, 0 or more; refuses to start with one that is none."""
    said = os.environ.get(variable, "").strip() or str(usual)
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise ImproperlyConfigured(f"{variable} is not a whole number.")
    return int(said)


BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(os.environ.get("MADOGUCHI_DATA", BASE_DIR / "var")).resolve()

SECRET_KEY = os.environ.get("SECRET_KEY", "")
#: Keys that were in use before, with spaces between: what they signed still holds, nothing new is signed with them.
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
#: What developers use begins so; a production installation refuses it.
PUBLISHED_KEY = "local-only-not-a-secret"
DEBUG = False
DEMO = os.environ.get("MADOGUCHI_DEMO", "0") == "1"
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]

INSTALLED_APPS = [
    "config",  # before django_q: its qcluster is ours
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "django_filters",
    "django_fsm",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "workflow",
    "municipalities",
    "accounts",
    "accounts.entry",
    "advisors",
    "engagements.programme",
    "engagements",
    "engagements.applications",
    "engagements.rounds",
    "engagements.rounds.matching",
    "engagements.sessions",
    "engagements.survey",
    "engagements.sections",
    "engagements.plans",
    "engagements.documents",
    "engagements.journey",
    "oversight",
]

MIDDLEWARE = [
    "config.middleware.RequestNumberMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.ActorMiddleware",
    "accounts.middleware.SentFormMiddleware",
    "config.middleware.IncomingMiddleware",
    "config.middleware.DoorErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "config.templatetags.look",
                "config.templatetags.wareki",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL, with what was measured to matter on each engine.

    SQLite: write-ahead log and IMMEDIATE transactions, so that writers queue instead of failing.
    PostgreSQL: kept connections, and no JIT, which costs more than it gains on short queries.
    """
    settings: dict[str, Any] = dict(dj_database_url.parse(url))
    if "sqlite" in settings["ENGINE"]:
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    else:
        settings["CONN_MAX_AGE"] = 60
        settings["CONN_HEALTH_CHECKS"] = True
        settings.setdefault("OPTIONS", {})["options"] = "-c jit=off"
    return settings


DATABASES = {
    "default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'madoguchi.sqlite3'}")
}
REFUSE_DEMO_ACCOUNTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "files"
REDIS_URL = os.environ.get("REDIS_URL", "")
#: Limits count in it, so it stands in the database also where the queues are in Redis, which may throw out what it likes.
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "config.kept_cache.KeptCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
#: How many proxies of ours write into X-Forwarded-For; 0: the connection itself tells the client's address.
TRUSTED_PROXIES = whole_number("MADOGUCHI_TRUSTED_PROXIES", 0)

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("日本語")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # without the second, the sign-in form has no password field
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
# By account. By address only where the proxies say whose it is, and only wrong passwords: a whole town comes from one.
# None: not limited here (asking for a new password: accounts.limits). None is longer than 5 minutes (config.errors).
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "10/5m/key,200/5m/ip" if TRUSTED_PROXIES else "10/5m/key",
    "reset_password": None,
    "reset_password_from_key": "60/m/ip" if TRUSTED_PROXIES else None,
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Madoguchi"
SESSION_COOKIE_AGE = 60 * 60 * 9
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# What a page may send beside its files: the largest carries along a sheet of a million characters.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = 10 * 1024 * 1024

EMAIL_URL = os.environ.get("EMAIL_URL", "")
if EMAIL_URL:
    globals().update(email_settings(EMAIL_URL))
DEFAULT_FROM_EMAIL = os.environ.get("MADOGUCHI_FROM_EMAIL", "madoguchi@localhost")
#: Open days within which the office admits or refuses whoever asks for an account.
ACCOUNT_CHECK_DAYS = whole_number("MADOGUCHI_ACCOUNT_CHECK_DAYS", 5)
# Who writes: the last lines of every mail, and to whom answers go.
OFFICE: dict[str, Any] = {
    "name": os.environ.get("MADOGUCHI_OFFICE_NAME") or _("窓口BPRアドバイザー派遣 事務局"),
    **{
        part: os.environ.get(f"MADOGUCHI_OFFICE_{part.upper()}", "")
        for part in ("section", "phone", "extension", "email")
    },
}
#: Who hears of errors (config.trouble).
ADMINS = [(address, address) for address in addresses(os.environ.get("MADOGUCHI_ADMINS", ""))]
SITE_URL = os.environ.get("MADOGUCHI_SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.BearerTokenAuthentication",
        "accounts.api.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.rest.bodies.JSONBody", "accounts.rest.bodies.FormBody"],
    "DEFAULT_SCHEMA_CLASS": "accounts.rest.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "accounts.rest.pagination.Cursor",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "rest_framework.filters.OrderingFilter",
    ],
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "accounts.rest.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Madoguchi API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "accounts.rest.schema.finish"],
    "ENUM_NAME_OVERRIDES": {
        "DocumentKindEnum": "engagements.documents.models.DocumentKind",
        "PlanStateEnum": "engagements.plans.models.PlanState",
        "QuarterEnum": "engagements.plans.models.QUARTERS",
        "TownModeEnum": "engagements.applications.models.TownMode",
    },
}

# Two queues: quick work (mail) never waits behind long work (documents). retry > timeout > the longest job.
Q_QUEUES = {
    "quick": {"workers": 1, "timeout": 60, "retry": 120},
    # A worker holds about 250 MB while it draws; on a machine of several cores more of them print side by side.
    "long": {"workers": whole_number("MADOGUCHI_LONG_WORKERS", 1), "timeout": 600, "retry": 900},
}
# For how long a row of the outbox belongs to the worker that began it: longer than its queue's timeout.
OUTBOX_LEASE_SECONDS = {"quick": 90, "long": 660}
OUTBOX_ASK_AGAIN_SECONDS = 60
# A row that the sweep has handed over may wait its turn in a long queue; it is not handed over at every pass.
OUTBOX_QUEUEING_SECONDS = 120
# For how long the sweep belongs to the process that did the last pass; another takes over that late after a kill.
SWEEP_LEASE_SECONDS = 60
# At INFO it tells of every job; what matters stands in the outbox.
QUEUE_LOG = os.environ.get("MADOGUCHI_QUEUE_LOG") or "WARNING"
Q_CLUSTER: dict[str, Any] = {
    "name": "quick",
    "orm": "default",
    "broker_class": "config.queues.DatabaseBroker",
    "bulk": 1,
    "queue_limit": 1,
    "ack_failures": True,
    "max_attempts": 5,
    "catch_up": False,
    "poll": 0.5,
    "save_limit": 1000,
    "label": "queue",
    "log_level": QUEUE_LOG,
    **Q_QUEUES["quick"],
    "ALT_CLUSTERS": {"long": Q_QUEUES["long"]},
}
if REDIS_URL:
    Q_CLUSTER = {key: value for key, value in Q_CLUSTER.items() if key != "orm"}
    Q_CLUSTER |= {"redis": REDIS_URL, "broker_class": "config.queues.RedisBroker"}

SILENCED_SYSTEM_CHECKS: list[str] = []
