"""Fixtures for commands that run under the real supervisor."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deployments.hooks import process
from deployments.hooks.process import Command, Ending
from deployments.identity import Account
from tests.support.runner import Ears

PATH = os.environ["PATH"]


@dataclass
class Shell:
    """Runs Bash scripts in `directory`; scripts write process ids to the file `pids` there."""

    directory: Path
    ears: Ears = field(default_factory=Ears)

    def command(
        self,
        script: str,
        *,
        seconds: float | None = 60,
        grace: float = 1.0,
        processes: int = 1000,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
    ) -> Command:
        file = self.directory / "script.sh"
        file.write_text(script)
        return Command(
            argv=["bash", str(file)],
            directory=self.directory,
            environment={"PATH": PATH, **(environment or {})},
            seconds=seconds,
            account=account,
            processes=processes,
            grace=grace,
        )

    def run(self, script: str, listener: process.Listener | None = None, **options: object) -> Ending:
        return process.run(self.command(script, **options), listener or self.ears)  # type: ignore[arg-type]

    @property
    def pids(self) -> list[int]:
        try:
            return [int(line) for line in (self.directory / "pids").read_text().split()]
        except FileNotFoundError:
            return []


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell; whatever a failing test leaves alive of what it noted in `pids` is ended here."""
    directory = tmp_path / "release"
    directory.mkdir()
    made = Shell(directory)
    yield made
    for pid in filter(is_alive, made.pids):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def open_shell() -> Iterator[Shell]:
    """A shell in a directory that every user may enter and write, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="hooks-"))
    directory.chmod(0o777)
    made = Shell(directory)
    yield made
    for pid in filter(is_alive, made.pids):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(directory)


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as handle:
            return handle.read().rpartition(b")")[2].split()[0] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Return whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
