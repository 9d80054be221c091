"""Locks that the kernel lets go of when their holder dies, however it dies. No Django here."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.1


@contextmanager
def held(path: Path, seconds: float = float("inf")) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for it if somebody else does.

    Raises TimeoutError where that takes longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    while (descriptor := try_to_hold(path)) is None:
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{path} is held by somebody else")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def try_to_hold(path: Path) -> int | None:
    """Return a descriptor that holds the lock until it is closed, or None if somebody holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    if not path.exists():
        return False
    descriptor = try_to_hold(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
