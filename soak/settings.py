"""What the soaked installation runs with: a local one with the demonstration, whose logs are a ministry's."""

from crawl.settings import *  # noqa: F403  (settings files are layers by design)
from crawl.settings import DATA_DIR

STATIC_ROOT = DATA_DIR / "static"
