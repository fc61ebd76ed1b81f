"""A developer's machine and the demo of `make run`: works with no variable set."""

import os

from django.utils.translation import gettext_lazy as _

from config import logs

from .base import *  # noqa: F403  (settings files are layers by design)
from .base import DATA_DIR, EMAIL_URL, OFFICE, PUBLISHED_KEY, QUEUE_LOG

SECRET_KEY = os.environ.get("SECRET_KEY") or f"{PUBLISHED_KEY}-local-only-not-a-secret-0000"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
if not EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# Invented, and plainly so; a real installation names its own (docs/operations.md).
OFFICE |= {
    part: OFFICE[part] or invented
    for part, invented in {
        "section": _("見本課 見本係"),
        "phone": "03-0000-0000",
        "extension": "0000",
        "email": "office@madoguchi.example",
    }.items()
}
LOGGING = logs.configure(json=False, level=os.environ.get("MADOGUCHI_LOG") or "WARNING", queues=QUEUE_LOG)
