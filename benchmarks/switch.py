"""B6: readers in tight loops while one deployment follows another.

Each read takes one of three ways to the live release: through the link's name, through its
target, and through one open directory. None may miss a file, find the link dangling, or
see two releases at once.
"""

import multiprocessing
import os
from collections import Counter
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from benchmarks.stage import stage

DEPLOYMENTS = 200
READERS = 2


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return how often readers read, and how often each kind of fault was seen."""
    from deployments import operations
    from deployments.models import Operation
    from tests.support.worker import wait_for

    wanted = 20 if quick else DEPLOYMENTS
    with stage(directory, "switch") as here, here.worker():
        current = here.environment.layout.current

        def deploy(number: int) -> Operation:
            here.repository.commit({"a": f"{number}\n", "b": f"{number}\n"}, message=f"Number {number}")
            operation = operations.deploy(here.environment, trigger=Operation.Trigger.COMMAND)
            wait_for(lambda: operation.refresh_from_db() or operation.final, 60)
            assert operation.status == "succeeded", operation.message
            return operation

        deploy(0)
        stop, seen = multiprocessing.Event(), multiprocessing.Queue()
        readers = [
            multiprocessing.Process(target=_read, args=(str(current), stop, seen)) for _ in range(READERS)
        ]
        for reader in readers:
            reader.start()
        for number in range(1, wanted + 1):
            deploy(number)
        stop.set()
        counts: Counter[str] = Counter()
        for _ in readers:
            counts.update(seen.get(timeout=60))
        for reader in readers:
            reader.join(60)
    return {
        "deployments": wanted,
        "reads": counts["reads"],
        "releases seen": counts["releases"] // READERS,
        "missing": counts["missing"],
        "dangling": counts["dangling"],
        "mixed": counts["mixed"],
    }


def _read(current: str, stop: Event, seen: "multiprocessing.Queue[Counter[str]]") -> None:
    counts: Counter[str] = Counter()
    releases = set()
    while not stop.is_set():
        for _ in range(200):
            counts["reads"] += 1
            try:
                target = os.readlink(current)
            except OSError:
                counts["missing"] += 1
                continue
            try:
                with open(current + "/a", "rb") as through_name:
                    through_name.read()
                descriptor = os.open(current, os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                counts["dangling"] += 1
                continue
            try:
                both = {_content(descriptor, "a"), _content(descriptor, "b")}
                with open(target + "/a", "rb") as a, open(target + "/b", "rb") as b:
                    resolved = {a.read(), b.read()}
                counts["mixed"] += len(both) != 1 or len(resolved) != 1
                releases.add(target)
            except OSError:
                counts["dangling"] += 1
            finally:
                os.close(descriptor)
    counts["releases"] = len(releases)
    seen.put(counts)


def _content(directory: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=directory)
    try:
        return os.read(descriptor, 64)
    finally:
        os.close(descriptor)
