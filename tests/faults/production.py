"""Production's settings for the processes of these tests, with static files as they lie in the repository."""

from config.settings.production import *  # noqa: F403  (settings files are layers by design)
from config.settings.production import STORAGES as REAL_STORAGES

STORAGES = REAL_STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
