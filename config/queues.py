"""The queues' brokers: django-q2's own, and a sign of life for each queue where every web node can read it.

django-q2's statistics do not say which queue a cluster serves, and live in a cache that may be emptied. The
cluster's sentinel saves them twice a second as long as it guards its workers; that is the pulse that we keep.
"""

import os
import socket
import time
from datetime import timedelta

from django.apps import apps
from django.db import close_old_connections
from django.utils import timezone
from django_q.brokers import Broker
from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis

HEARTBEAT_SECONDS = 5.0
HEARTBEAT_LIFE = timedelta(seconds=30)


def lease_name(queue: str) -> str:
    """The name of the row that says until when a queue counts as alive."""
    return f"queue {queue}"


def beat(queue: str) -> None:
    """Write that a cluster serves this queue; with several clusters the last one to beat is named."""
    apps.get_model("workflow", "Lease").objects.update_or_create(
        name=lease_name(queue),
        defaults={
            "holder": f"{socket.gethostname()}:{os.getpid()}",
            "expires_at": timezone.now() + HEARTBEAT_LIFE,
        },
    )


class HeartbeatMixin(Broker):
    """Beats when the sentinel saves its statistics, at most every five seconds; those live as long."""

    last_beat = -HEARTBEAT_SECONDS

    @property
    def queue(self) -> str:
        """The queue's name as the settings know it."""
        return str(self.list_key)

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Writes the heartbeat, and the statistics to the cache. The sentinel logs an error and goes on."""
        if time.monotonic() - self.last_beat < HEARTBEAT_SECONDS:
            return
        close_old_connections()  # one that the database left is none; without this no beat follows its return
        beat(self.queue)
        super().set_stat(key, value, int(HEARTBEAT_LIFE.total_seconds()))
        self.last_beat = time.monotonic()


class DatabaseBroker(HeartbeatMixin, ORM):
    """Tasks in the database."""


class RedisBroker(HeartbeatMixin, Redis):
    """Tasks in Redis; the heartbeat stays in the database, which every node has."""

    @property
    def queue(self) -> str:
        """The list in Redis is called ``django_q:quick:q``."""
        return super().queue.removeprefix("django_q:").removesuffix(":q")
