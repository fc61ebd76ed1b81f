"""A ministry's installation. Refuses to start half configured (see config.checks for what needs the database)."""

import os

from django.core.exceptions import ImproperlyConfigured

from config import logs

from .base import *  # noqa: F403  (settings files are layers by design)
from .base import ALLOWED_HOSTS, DEMO, EMAIL_URL, PUBLISHED_KEY, QUEUE_LOG, SECRET_KEY

if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is missing or shorter than 50 characters.")
if SECRET_KEY.startswith(PUBLISHED_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY is the one that is published with the source code; make one of your own."
    )
if DEMO:
    raise ImproperlyConfigured("MADOGUCHI_DEMO=1 is for demonstrations only; unset it in production.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is empty; name the hosts of this installation, separated by commas."
    )
if not EMAIL_URL:
    raise ImproperlyConfigured("EMAIL_URL is missing (smtp://user:password@host:587?tls=1).")

REFUSE_DEMO_ACCOUNTS = True
SECURE_SSL_REDIRECT = os.environ.get("MADOGUCHI_TLS_REDIRECT", "1") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LOGGING = logs.configure(json=True, level=os.environ.get("MADOGUCHI_LOG") or "INFO", queues=QUEUE_LOG)
