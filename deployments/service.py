"""A long-running program of ours, none of whose processes outlive this one. No Django here."""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deployments.hooks.process import Command, Supervised

POLL_SECONDS = 0.1


class Service:
    """A program under a supervisor: stopped gracefully if there is time, ended wholly in any case."""

    def __init__(self, argv: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> None:
        """Start it; what it prints goes where this process's errors go."""
        command = Command(argv=argv, directory=directory, environment=environment, seconds=None, processes=0)
        self._supervised = Supervised(command, output=sys.stderr.fileno())
        self._supervised.read_verdict()
        self.began = time.monotonic()

    @property
    def ended(self) -> bool:
        """Whether its main process has ended, and so everything of it."""
        return self._supervised.ended

    def ask_to_stop(self) -> None:
        """Send TERM to the main process alone, which lets it finish what it does."""
        if not self.ended and self._supervised.leader:
            os.kill(self._supervised.leader, signal.SIGTERM)

    def end(self) -> None:
        """End all its processes now, and with them whatever they run."""
        self._supervised.close()


def stop(services: Sequence[Service], seconds: float, *, hurry: Callable[[], bool]) -> None:
    """Stop services: gracefully for `seconds`, or until `hurry` says so, and then for good."""
    for each in services:
        each.ask_to_stop()
    deadline = time.monotonic() + seconds
    while not all(each.ended for each in services) and time.monotonic() < deadline and not hurry():
        time.sleep(POLL_SECONDS)
    for each in services:
        each.end()
