"""What a command leaves in the background neither holds it up nor survives it (B21)."""

import pytest

from deployments.hooks.process import Ending
from tests.hooks.conftest import Shell, is_alive

NOTED = "until [ -s pids ]; do sleep 0.01; done; echo done"
# Every way to hide that a shell knows; the process notes its own id.
WAYS = {
    "a child": "bash -c 'echo $$ >> pids; exec sleep 1000' &",
    "nohup": "nohup bash -c 'echo $$ >> pids; exec sleep 1000' &",
    "disown": "bash -c 'echo $$ >> pids; exec sleep 1000' & disown",
    "setsid": "setsid bash -c 'echo $$ >> pids; exec sleep 1000' &",
    "setsid --fork": "setsid --fork bash -c 'echo $$ >> pids; exec sleep 1000'",
    "double fork": "( ( setsid bash -c 'echo $$ >> pids; exec sleep 1000' & ) & )",
    "ignores TERM": "(trap '' TERM; exec bash -c 'echo $$ >> pids; while :; do sleep 0.05; done') &",
    "closes everything": "setsid bash -c 'echo $$ >> pids; exec sleep 1000' <&- >&- 2>&- &",
    "stopped": "setsid bash -c 'echo $$ >> pids; kill -STOP $$; exec sleep 1000' &",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [0, 3])
def test_it_is_ended_with_the_command(shell: Shell, way: str, code: int) -> None:
    """B21: the exit code is the command's own, and what was left is counted."""
    ending = shell.run(f"{WAYS[way]}\n{NOTED}\nexit {code}")

    assert (ending.exit_code, ending.ended_by) == (code, None)
    assert ending.left >= 1
    assert shell.ears.text == "done\n"
    assert len(shell.pids) == 1
    assert not any(map(is_alive, shell.pids))


def test_it_does_not_hold_the_command_up(shell: Shell) -> None:
    """B21: though it holds the output open, and the limit is far away."""
    assert shell.run("sleep 1000 & echo $! >> pids", seconds=500) == Ending(0, left=1)


def test_it_may_clean_up(shell: Shell) -> None:
    """B21: TERM, then KILL, as for the command itself."""
    script = """
    setsid bash -c 'trap "echo cleaned > proof; exit" TERM; echo $$ >> pids; while :; do sleep 0.05; done' &
    """

    shell.run(script + NOTED)

    assert (shell.directory / "proof").read_text() == "cleaned\n"


def test_what_it_prints_meanwhile_is_heard(shell: Shell) -> None:
    shell.run("(for i in {1..50}; do echo $i; done; sleep 1000) & sleep 0.3")

    assert shell.ears.text.split() == [str(number) for number in range(1, 51)]


def test_nothing_is_left_of_what_ended_by_itself(shell: Shell) -> None:
    """B21: a process that ended before is no leftover."""
    assert shell.run("true & sleep 0.05 & wait; (sleep 0.01 &); sleep 0.3") == Ending(0, left=0)


def test_what_never_stands_still_is_ended(shell: Shell) -> None:
    """B21: a process that goes on in a new child, again and again, outruns every list of processes."""
    (shell.directory / "hop.sh").write_text(
        "echo $$ >> pids\n[ $(wc -l < pids) -gt 20000 ] && exit\nsetsid bash hop.sh &\n"
    )

    for _ in range(5):
        shell.run("bash hop.sh & until [ -s pids ]; do sleep 0.01; done")
        before = len(shell.pids)
        shell.run("sleep 0.2")
        assert len(shell.pids) == before
        (shell.directory / "pids").unlink()


BOMB = """
import os, time
open("pids", "a").write(f"{os.getpid()}\\n")
deadline = time.monotonic() + 20
for depth in range(9):
    os.fork()
while time.monotonic() < deadline:
    time.sleep(0.01)
"""


def test_what_starts_too_many_processes_is_ended(shell: Shell) -> None:
    """B18: a fork bomb (of 512 here, and no longer than 20 seconds) does not take the host along."""
    (shell.directory / "bomb.py").write_text(BOMB)

    ending = shell.run("python3 bomb.py", processes=100)

    assert ending.exit_code in (137, 143)
    assert ending.ended_by == "process-limit"
    assert not any(map(is_alive, shell.pids))


def test_a_bomb_that_replaces_what_is_killed_is_ended(shell: Shell) -> None:
    """B18: the usual one, each half starting the other two, in sessions of their own."""
    (shell.directory / "bomb.sh").write_text(
        "echo $$ >> pids\n[ $(wc -l < pids) -gt 1000 ] && exit\nsetsid bash bomb.sh &\nbash bomb.sh &\nsleep 100\n"
    )

    ending = shell.run("bash bomb.sh; sleep 20", processes=50)

    assert ending.ended_by == "process-limit"
    assert not any(map(is_alive, shell.pids))


def test_what_stays_below_the_limit_is_left_alone(shell: Shell) -> None:
    assert shell.run("for i in {1..30}; do sleep 1.2 & done; wait", processes=50) == Ending(0)


def test_without_a_limit_nothing_is_counted(shell: Shell) -> None:
    assert shell.run("for i in {1..30}; do sleep 1.2 & done; wait", processes=0) == Ending(0)
