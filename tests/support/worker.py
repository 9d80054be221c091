"""A real `manage.py worker` beside a test, on the test's own database and queue."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition: Callable[[], object], seconds: float = 30.0, what: str = "it") -> None:
    """Wait until `condition` holds; fail the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


def environment(cluster: str, **more: str) -> dict[str, str]:
    """The variables of a process that shares this test's data."""
    return {
        **os.environ,
        "AMEZMO_DATA_DIR": str(settings.DATA_DIR),
        "AMEZMO_SECRET_KEY": settings.SECRET_KEY,
        "AMEZMO_CLUSTER": cluster,
        "AMEZMO_SILENCE_SECONDS": "2",
        "AMEZMO_FROZEN_SECONDS": "3",
        "DATABASE_URL": _database_url(),
        **more,
    }


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    host, port = database["HOST"] or "", database["PORT"] or ""
    return f"postgres://{user}:{password}@{host}:{port}/{database['NAME']}"


class RunningWorker:
    """A worker's process, and what it has printed so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", printed: Path) -> None:
        self.process = process
        self._printed = printed

    @property
    def printed(self) -> str:
        return self._printed.read_text(errors="replace")

    def descendants(self) -> list[int]:
        """Every process below it that has not ended."""
        below = {self.process.pid}
        found = []
        for pid, parent, state in sorted(_processes()):
            if parent in below and state != "Z":
                below.add(pid)
                found.append(pid)
        return found

    def cluster_processes(self) -> list[int]:
        """The processes of its cluster, main process first."""
        return [pid for pid in self.descendants() if b"--cluster-process" in _command(pid)]

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20.0) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)


def _processes() -> Iterator[tuple[int, int, str]]:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            yield int(entry), int(parent), state


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def running_worker(cluster: str, directory: Path, **more: str) -> Iterator[RunningWorker]:
    """Start a worker, wait until its queue moves, and end it with everything below it."""
    from deployments.models import WorkerHeartbeat

    printed = directory / f"worker-{time.monotonic_ns()}.log"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=environment(cluster, **more),
            stdout=output,
            stderr=output,
        )
    worker = RunningWorker(process, printed)
    try:
        alive = WorkerHeartbeat.objects.filter(cluster=cluster, pid=process.pid, answered_at__isnull=False)
        wait_for(lambda: alive.exists() or process.poll() is not None, what="the worker's first answer")
        assert process.poll() is None, worker.printed
        yield worker
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
