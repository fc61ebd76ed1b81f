"""A sentinel for the queues whose workers may be killed at any moment, also while they wait."""

from multiprocessing import Event
from typing import Any

from django_q.cluster import Sentinel
from django_q.conf import Conf, logger
from django_q.queues import Queue


class RenewingSentinel(Sentinel):
    """Renews the whole cluster, its pipes included, when one of its processes was killed.

    django-q2 replaces the dead process alone. But one that is killed while it waits at a shared queue takes the
    queue's lock with it: the replacement then waits for ever, while the cluster looks alive.
    """

    def reincarnate(self, process: Any) -> None:
        """Called by the guard for each process that it finds dead or over its time.

        A job that runs in another worker of the same cluster is ended; the broker delivers it again.
        """
        if process not in (*self.pool, self.monitor, self.pusher):
            return  # ended by a renewal in this very turn of the guard
        if process.is_alive() or process.exitcode == 0:
            super().reincarnate(process)
        else:
            logger.critical("process %s was killed; renewing the cluster", process.pid)
            self.renew()

    def renew(self) -> None:
        """Ends what is left and starts anew, with nothing shared between old and new."""
        for process in (*self.pool, self.monitor, self.pusher):
            process.kill()
            process.join()
        self.task_queue = Queue(maxsize=Conf.QUEUE_LIMIT) if Conf.QUEUE_LIMIT else Queue()
        self.result_queue = Queue()
        self.event_out = Event()
        self.spawn_cluster()
        self.reincarnations += 1
