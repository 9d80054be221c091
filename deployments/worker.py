"""The supervised cluster: django-q2's own, in a session of its own, under a watchdog.

What can happen to a cluster, and what is done (TECHNICAL.md 4 and 5): its main process is
killed, so its children would go on unseen - they hang on a supervisor and end with it; an
idle worker is killed and the queue freezes - a probe goes unanswered, and another cluster
takes over; the whole group is sent TERM, which hangs the main process - it has a session
of its own, and is sent one graceful stop.
"""

import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import close_old_connections
from django.utils import timezone

import amezmo
from deployments import locks, queue, recovery, service
from deployments.errors import Refusal
from deployments.models import Operation, WorkerHeartbeat
from deployments.service import Service

logger = logging.getLogger(__name__)

LOOP_SECONDS = 0.25
ROUND_SECONDS = 2.0  # between two looks at the database
PROBE_SECONDS = 5.0
RESTART_SECONDS = 1.0


def answer_probe(cluster: str) -> None:
    """Show that this cluster's queue moves: what the probe's task does."""
    WorkerHeartbeat.objects.filter(cluster=cluster).update(answered_at=timezone.now())


def start_cluster(name: str) -> Service:
    """Start one qcluster and all its processes."""
    return Service(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--cluster-process"],
        directory=Path(settings.BASE_DIR),
        environment={**os.environ, "Q_CLUSTER_NAME": name},
    )


class Worker:
    """Serves one queue until it is told to stop. One per host and queue."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock_path = Path(settings.DATA_DIR) / "run" / f"worker-{name}.lock"
        self._stop_signals = 0
        self._retiring: list[tuple[Service, frozenset[int]]] = []
        self._restarts = 0
        self._started_at = timezone.now()

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT; raises `Refusal` if another worker serves this queue here."""
        lock = locks.try_to_hold(self._lock_path)
        if lock is None:
            raise Refusal(
                f"A worker serves the queue “{self.name}” on this host already "
                f"({self._lock_path} is locked). Stop that one first."
            )
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._count_stop)
            self._forget_stale_nudges()
            self._start()
            try:
                self._loop()
            finally:
                self._stop()
        finally:
            os.close(lock)

    def _start(self) -> None:
        self.cluster = start_cluster(self.name)
        self._watchdog = Watchdog(self.name)

    def _loop(self) -> None:
        round_at = 0.0
        while not self._stop_signals:
            if self.cluster.ended:
                logger.error("The cluster's main process ended; it is started again.")
                self._replace()
            if time.monotonic() >= round_at:
                self._round()
                round_at = time.monotonic() + ROUND_SECONDS
            time.sleep(LOOP_SECONDS)

    def _round(self) -> None:
        """One look at the database: say that this worker lives, probe, settle, start what waits."""
        try:
            close_old_connections()
            self._beat()
            recovery.sweep(self.name)
            running = self._running()
            self._end_retired(running)
            if self._watchdog.finds_frozen(busy=len(running)):
                logger.error("The cluster runs no tasks; another one takes over.")
                self._retiring.append((self.cluster, running))
                self._restarts += 1
                self._start()
        except (DatabaseFault, OSError) as fault:
            # The database or the broker is away: its return is all that is needed.
            logger.warning("Waiting for the database or the broker: %s", fault)

    def _beat(self) -> None:
        now = timezone.now()
        WorkerHeartbeat.objects.update_or_create(
            cluster=self.name,
            defaults={
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "version": amezmo.VERSION,
                "workers": settings.AMEZMO_WORKERS,
                "started_at": self._started_at,
                "seen_at": now,
                "restarts": self._restarts,
            },
        )

    def _running(self) -> frozenset[int]:
        here = Operation.objects.in_progress().filter(environment__instance__cluster=self.name)
        return frozenset(here.values_list("pk", flat=True))

    def _end_retired(self, running: frozenset[int]) -> None:
        """End frozen clusters whose last operations are over."""
        kept = []
        for cluster, operations in self._retiring:
            if operations & running and not cluster.ended:
                kept.append((cluster, operations))
            else:
                cluster.end()
        self._retiring = kept

    def _replace(self) -> None:
        self.cluster.end()
        if time.monotonic() - self.cluster.began < RESTART_SECONDS:
            time.sleep(RESTART_SECONDS)
        self._restarts += 1
        self._start()

    def _forget_stale_nudges(self) -> None:
        """Remove nudges that a dead cluster had taken: the sweep asks anew for what waits."""
        if "orm" not in settings.Q_CLUSTER:
            return
        from django_q.models import OrmQ

        OrmQ.objects.filter(key=self.name, lock__gt=timezone.now()).delete()

    def _count_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1

    def _stop(self) -> None:
        """Let running operations finish for a while; a second signal ends them now."""
        clusters = [self.cluster, *(cluster for cluster, _ in self._retiring)]
        service.stop(clusters, settings.AMEZMO_STOP_SECONDS, hurry=lambda: self._stop_signals > 1)
        try:
            WorkerHeartbeat.objects.filter(cluster=self.name).delete()
        except DatabaseFault as fault:
            logger.warning("The heartbeat could not be taken back: %s", fault)


class Watchdog:
    """Probes a cluster: a task that goes unanswered although a worker is free means frozen."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._unanswered_since: float | None = None
        self._asked_at = timezone.now()
        self._probe_at = 0.0

    def finds_frozen(self, *, busy: int) -> bool:
        """Probe if it is time to; `busy` is the number of operations in progress."""
        now = time.monotonic()
        if self._answered():
            self._unanswered_since = None
        if busy >= settings.AMEZMO_WORKERS:
            # No worker is free to answer, so silence says nothing.
            self._unanswered_since = None
            return False
        if now >= self._probe_at:
            self._probe_at = now + PROBE_SECONDS
            if self._unanswered_since is None:
                self._unanswered_since = now
                self._asked_at = timezone.now()
            queue.probe(self.name)
        waited = now - self._unanswered_since if self._unanswered_since is not None else 0.0
        return waited > settings.AMEZMO_FROZEN_SECONDS

    def _answered(self) -> bool:
        return WorkerHeartbeat.objects.filter(cluster=self.name, answered_at__gte=self._asked_at).exists()
