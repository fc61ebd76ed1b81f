"""What the processes of these tests run with: a local installation with short leases and planted faults."""

import os

from config.settings.local import *  # noqa: F403  (settings files are layers by design)
from config.settings.local import DATABASES
from config.settings.local import INSTALLED_APPS as LOCAL_APPS
from config.settings.local import STORAGES as LOCAL_STORAGES

INSTALLED_APPS = [*LOCAL_APPS, "tests.faults.plant"]
OUTBOX_LEASE_SECONDS = dict.fromkeys(("quick", "long"), int(os.environ.get("FAULTS_LEASE", "1")))
OUTBOX_ASK_AGAIN_SECONDS = 1
# A job that outlives its lease is handed over once more, and that may die with the killed worker's queue.
OUTBOX_QUEUEING_SECONDS = 3
SWEEP_LEASE_SECONDS = 1
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = LOCAL_STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
EMAIL_TIMEOUT = 10
# How long a process waits for a lock before it says so.
if seconds := os.environ.get("LOCK_SECONDS"):
    DATABASES["default"]["OPTIONS"]["timeout"] = float(seconds)
