"""Locks that the kernel lets go of when their holder dies, however it dies."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from deployments import locks

HOLDER = """
import sys, time
from pathlib import Path
from deployments import locks
assert locks.try_to_hold(Path(sys.argv[1])) is not None
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """B33: and its directory is made where there is none."""
    path = tmp_path / "run" / "operation.lock"
    assert not locks.is_held(path)
    assert not path.exists()
    first = locks.try_to_hold(path)
    assert first is not None
    assert locks.try_to_hold(path) is None
    assert locks.is_held(path)
    os.close(first)
    assert not locks.is_held(path)


def test_a_holder_that_is_killed_lets_go(tmp_path: Path) -> None:
    """B36: no file that is left behind keeps an environment closed."""
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert locks.is_held(path)
        holder.send_signal(signal.SIGKILL)
    finally:
        holder.kill()
        holder.communicate(timeout=30)
    assert path.exists()
    assert not locks.is_held(path)


def test_whoever_waits_gets_it_next(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    order: list[str] = []

    def wait() -> None:
        with locks.held(path):
            order.append("second")

    with locks.held(path):
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(timeout=0.2)
        assert waiting.is_alive()
        order.append("first")
    waiting.join(timeout=30)
    assert order == ["first", "second"]
    assert not locks.is_held(path)
