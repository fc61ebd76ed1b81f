"""The suite's settings: the local ones, with cheap password hashing and unhashed static files."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# A folder of its own for every process (the suite runs in several), before anything reads it; inside
# the folder that the variable named, if any. Commands that a test starts inherit it.
parent = os.environ.get("MADOGUCHI_DATA")
if parent:
    Path(parent).mkdir(parents=True, exist_ok=True)
os.environ["MADOGUCHI_DATA"] = tempfile.mkdtemp(prefix="madoguchi-test-", dir=parent)
atexit.register(shutil.rmtree, os.environ["MADOGUCHI_DATA"], ignore_errors=True)

from .base import DATABASES  # noqa: E402  (the data folder has to be named first)
from .local import *  # noqa: E402, F403  (as above; settings files are layers by design)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = Path(os.environ["MADOGUCHI_DATA"]) / "staticfiles"
STATIC_ROOT.mkdir()  # WhiteNoise warns of a folder that is missing
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file: Django's default, a database in memory, knows no write-ahead log and so no real concurrency.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["MADOGUCHI_DATA"]) / "test.sqlite3")}
    # How long a thread waits for the others' writing is a question of the machine, not of what is tested.
    DATABASES["default"]["OPTIONS"]["timeout"] = 180
