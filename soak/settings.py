"""What the soaked installation runs with: a local one with the demonstration, whose log is a ministry's."""

from config import logs
from crawl.settings import *  # noqa: F403  (settings files are layers by design)

LOGGING = logs.configure(json=True, level="INFO", queues="WARNING")
