"""``manage.py qcluster``: django-q2's command, our sentinel. Q_CLUSTER_NAME in the environment names the queue."""

from typing import Any

from django_q import cluster
from django_q.management.commands.qcluster import Command as DjangoQCommand

from config.sentinel import RenewingSentinel


class Command(DjangoQCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        cluster.Sentinel = RenewingSentinel  # Cluster.start names the class itself; there is no other way in
        self.check(databases=["default"])
        super().handle(*args, **options)
