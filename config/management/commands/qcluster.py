"""``manage.py qcluster``: django-q2's command, our sentinel. Q_CLUSTER_NAME in the environment names the queue."""

import os
from typing import Any

from django_q import cluster
from django_q.management.commands.qcluster import Command as DjangoQCommand

from config.sentinel import RenewingSentinel
from workflow import outbox


class Command(DjangoQCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        cluster.Sentinel = RenewingSentinel  # Cluster.start names the class itself; there is no other way in
        self.check(databases=["default"])
        outbox.load_for(options["cluster_name"] or os.environ.get("Q_CLUSTER_NAME", ""))
        super().handle(*args, **options)
