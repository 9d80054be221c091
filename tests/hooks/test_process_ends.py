"""Every way in which a command is ended before it ends by itself."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.hooks.process import Ending
from tests.hooks.conftest import Shell, is_alive, wait_until
from tests.support.runner import Ears

PROJECT = Path(__file__).parents[2]
# Three processes: the script, a child of its group, and one that left the group and ignores TERM.
TREE = """
echo $$ >> pids
sleep 1000 & echo $! >> pids
setsid bash -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.05; done' &
until [ "$(wc -l < pids)" = 3 ]; do sleep 0.01; done
echo ready
wait
"""
IGNORES = 'trap "" TERM; echo $$ >> pids; echo ready; while :; do sleep 0.05; done'


def ended(shell: Shell, count: int = 3) -> bool:
    return len(shell.pids) == count and not any(map(is_alive, shell.pids))


def how(ending: Ending) -> tuple[int, str | None]:
    """How it ended; what it had left depends on when."""
    return ending.exit_code, ending.ended_by


def test_at_the_time_limit_the_whole_tree_is_ended(shell: Shell) -> None:
    """B18: and that is a non-zero exit, marked as timed out."""
    assert how(shell.run(TREE, seconds=1.0, grace=0.3)) == (143, "time-limit")
    assert ended(shell)


def test_it_is_asked_first_and_may_clean_up(shell: Shell) -> None:
    """B18: TERM, then KILL."""
    script = "trap 'echo cleaned; exit 7' TERM; echo ready; while :; do sleep 0.05; done"

    assert how(shell.run(script, seconds=0.4, grace=10)) == (7, "time-limit")
    assert shell.ears.text.endswith("cleaned\n")


def test_what_ignores_term_is_killed(shell: Shell) -> None:
    """B18: after the grace."""
    assert how(shell.run(IGNORES, seconds=0.4, grace=0.2)) == (137, "time-limit")
    assert ended(shell, 1)


def test_what_exits_well_at_the_limit_has_been_ended_all_the_same(shell: Shell) -> None:
    """B18: an exit code of zero does not make it a success."""
    script = "trap 'exit 0' TERM; while :; do sleep 0.05; done"

    assert how(shell.run(script, seconds=0.4)) == (0, "time-limit")


def test_a_stopped_process_is_ended_too(shell: Shell) -> None:
    """B18: one that is stopped does not hear TERM."""
    assert shell.run("echo $$ >> pids; kill -STOP $$", seconds=0.4, grace=0.2) == Ending(137, "time-limit")
    assert ended(shell, 1)


def test_without_a_limit_it_takes_its_time(shell: Shell) -> None:
    assert shell.run("sleep 0.7; exit 3", seconds=None) == Ending(3)


class Asks(Ears):
    """Asks for the end as soon as the command is ready."""

    def tick(self) -> bool:
        return super().tick() and b"ready" not in self.heard


@pytest.mark.parametrize(("script", "code", "count"), [(TREE, 143, 3), (IGNORES, 137, 1)])
def test_it_is_ended_when_that_is_asked_for(shell: Shell, script: str, code: int, count: int) -> None:
    """B35: a cancelled operation's process tree ends."""
    assert how(shell.run(script, Asks(), grace=0.3)) == (code, "asked")
    assert ended(shell, count)


def test_it_is_ended_though_it_never_stops_talking(shell: Shell) -> None:
    """B35: output does not keep the question from being asked."""
    assert shell.run("echo ready; exec yes", Asks(), grace=0.3).ended_by == "asked"


def test_asking_again_changes_nothing(shell: Shell) -> None:
    asks = Asks()

    assert how(shell.run(IGNORES, asks, grace=1.2)) == (137, "asked")
    assert asks.ticks > 2


class Raises(Ears):
    """Raises as soon as the command is ready, when it is told something or when it is asked."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def _raise_in(self, where: str) -> None:
        if where == self.where and b"ready" in self.heard:
            raise ConnectionError("The database is gone")

    def write(self, data: bytes) -> None:
        super().write(data)
        self._raise_in("write")

    def tick(self) -> bool:
        self._raise_in("tick")
        return super().tick()


@pytest.mark.parametrize("where", ["write", "tick"])
def test_a_listener_that_fails_leaves_nothing_running(shell: Shell, where: str) -> None:
    """B10: the program's own failure ends the command as well."""
    with pytest.raises(ConnectionError, match="The database is gone"):
        shell.run(TREE, Raises(where), grace=0.3)

    assert ended(shell)


def test_a_listener_that_fails_in_a_flood_leaves_nothing_running(shell: Shell) -> None:
    """B10: though nobody empties the pipe any more."""
    with pytest.raises(ConnectionError):
        shell.run("echo $$ >> pids; echo ready; exec yes", Raises("write"), grace=0.3)

    assert ended(shell, 1)


# A worker of its own, which the test can kill: argv is the script's directory.
WORKER = """
import os, pathlib, sys
from deployments.hooks import process
class Ears:
    def write(self, data): pass
    def tick(self): return True
directory = pathlib.Path(sys.argv[1])
process.run(process.Command(
    ["bash", "script.sh"], directory, {"PATH": os.environ["PATH"]}, None, grace=float(sys.argv[2])
), Ears())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("script", [TREE, IGNORES])
def test_when_the_worker_dies_the_whole_tree_is_ended(shell: Shell, script: str, number: int) -> None:
    """B34, B36: nothing goes on behind the back of the next operation."""
    shell.command(script)
    count = 3 if script == TREE else 1
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(shell.directory), "0.3"], cwd=PROJECT)
    try:
        assert wait_until(lambda: len(shell.pids) == count)
        assert all(map(is_alive, shell.pids))
    finally:
        worker.send_signal(number)
        worker.wait(20)

    assert wait_until(lambda: ended(shell, count))


def test_when_the_supervisor_is_killed_that_is_no_success(shell: Shell) -> None:
    """B34: by the memory killer, say: it is told as what it was."""
    ending = shell.run("echo $$ >> pids; kill -KILL $PPID; exec sleep 1000")

    assert ending == Ending(137, "supervisor-died")
    assert wait_until(lambda: ended(shell, 1))
