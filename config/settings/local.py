"""A developer's machine and the demo of `make run`: works with no variable set."""

import os

from config import logs

from .base import *  # noqa: F403  (settings files are layers by design)
from .base import DATA_DIR, EMAIL_URL, QUEUE_LOG

SECRET_KEY = os.environ.get("SECRET_KEY") or "local-only-not-a-secret-local-only-not-a-secret-0000"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
if not EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
LOGGING = logs.configure(json=False, level=os.environ.get("MADOGUCHI_LOG") or "WARNING", queues=QUEUE_LOG)
