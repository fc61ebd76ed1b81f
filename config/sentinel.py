"""A sentinel for the queues whose workers may be killed at any moment, also while they wait."""

from multiprocessing import Event
from typing import Any

from django.db import Error, connections
from django_q.cluster import Sentinel
from django_q.conf import Conf, logger
from django_q.queues import Queue

from workflow import outbox


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
        release_ended()

    def start(self) -> None:
        """What an earlier cluster of this machine was killed with is given out again before the first turn."""
        release_ended()
        super().start()


def release_ended() -> None:
    """What the ended processes had begun starts again now, not when its time is over."""
    try:
        outbox.release_ended()
    except Error:  # a database that is away
        logger.exception("could not release the jobs of ended processes; the sweep will")
    finally:
        connections.close_all()  # the cluster's processes are forked with none open
