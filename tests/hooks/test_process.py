"""Running one command: its surroundings, its output, and its exit code."""

import os
import time
from pathlib import Path

import pytest

from deployments.hooks import process
from deployments.hooks.output import Output
from deployments.hooks.process import Command, Ending
from tests.hooks.conftest import PATH, Shell
from tests.support.runner import Ears


@pytest.mark.parametrize("code", [0, 1, 2, 42, 127, 255])
def test_an_exit_code_is_what_the_command_said(shell: Shell, code: int) -> None:
    """B7: zero is success, anything else is not."""
    assert shell.run(f"exit {code}") == Ending(code)


@pytest.mark.parametrize(("name", "code"), [("KILL", 137), ("SEGV", 139), ("TERM", 143), ("HUP", 129)])
def test_a_signal_is_an_exit_code_as_in_bash(shell: Shell, name: str, code: int) -> None:
    assert shell.run(f"ulimit -c 0; kill -{name} $$") == Ending(code)


def test_a_program_that_is_not_there_is_127(tmp_path: Path) -> None:
    ears = Ears()

    assert process.run(Command(["no-such-program"], tmp_path, {"PATH": PATH}, 60), ears) == Ending(127)
    assert ears.text == "no-such-program: No such file or directory\n"


def test_a_program_that_may_not_be_run_is_127(tmp_path: Path) -> None:
    (tmp_path / "program").write_text("")

    ending = process.run(Command([str(tmp_path / "program")], tmp_path, {"PATH": PATH}, 60), Ears())

    assert ending == Ending(127)


def test_a_directory_that_is_not_there_is_127(tmp_path: Path) -> None:
    ending = process.run(Command(["true"], tmp_path / "gone", {"PATH": PATH}, 60), Ears())

    assert ending == Ending(127)


@pytest.mark.parametrize("argument", ["a b", "", "*", "$HOME", "'", '"', "new\nline", "ünï", "\udcff", "-e"])
def test_an_argument_arrives_as_it_is(tmp_path: Path, argument: str) -> None:
    """No shell stands between."""
    ears = Ears()
    command = Command(["printf", "<%s>", argument], tmp_path, {"PATH": PATH}, 60)

    assert process.run(command, ears) == Ending(0)
    assert ears.heard == b"<" + os.fsencode(argument) + b">"


@pytest.mark.parametrize("where", ["argument", "variable"])
def test_a_nul_runs_nothing(tmp_path: Path, where: str) -> None:
    argv = ["echo", "a\0b"] if where == "argument" else ["echo", "a"]
    environment = {"PATH": PATH, "X": "a\0b" if where == "variable" else "a"}
    ears = Ears()

    assert process.run(Command(argv, tmp_path, environment, 60), ears).exit_code == 127
    assert "null byte" in ears.text


def test_the_environment_is_exactly_what_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B19: never the server's own settings."""
    monkeypatch.setenv("AMEZMO_SECRET_KEY", "secret")
    ears = Ears()
    given = {"PATH": PATH, "MULTI": "a\nb", "EMPTY": "", "ÜNI": "cödé", "BYTES": "\udcff"}

    process.run(Command(["env", "-0"], tmp_path, given, 60), ears)

    wanted = {os.fsencode(f"{name}={value}") for name, value in given.items()}
    assert set(ears.heard.rstrip(b"\0").split(b"\0")) == wanted


def test_an_order_may_be_larger_than_a_pipe(tmp_path: Path) -> None:
    ears = Ears()
    variables = {f"BIG_{number}": "x" * 100_000 for number in range(4)}

    process.run(Command(["env"], tmp_path, {"PATH": PATH, **variables}, 60), ears)

    assert len(ears.heard) > 400_000


def test_what_the_system_does_not_take_is_said(tmp_path: Path) -> None:
    ears = Ears()
    environment = {"PATH": PATH, "HUGE": "x" * 3_000_000}

    assert process.run(Command(["true"], tmp_path, environment, 60), ears) == Ending(127)
    assert ears.text == "true: Argument list too long\n"


def test_it_runs_in_its_directory_with_umask_0002(shell: Shell) -> None:
    """B14, B21: the release root is the working directory."""
    shell.run("pwd -P; umask; touch file; mkdir folder")

    assert shell.ears.text == f"{shell.directory.resolve()}\n0002\n"
    assert (shell.directory / "file").stat().st_mode & 0o777 == 0o664
    assert (shell.directory / "folder").stat().st_mode & 0o777 == 0o775


def test_standard_input_is_empty(shell: Shell) -> None:
    """B21: /dev/null, so a question fails at once and waits for nobody."""
    shell.run("readlink /proc/$$/fd/0; cat; read -r answer || echo nothing")

    assert shell.ears.text == "/dev/null\nnothing\n"


def test_nothing_else_is_open(tmp_path: Path) -> None:
    """B27: no descriptor of the worker's, such as the database's, is inherited."""
    ears = Ears()
    with open(tmp_path / "database", "w") as handle:
        os.set_inheritable(handle.fileno(), True)
        process.run(Command(["ls", "/proc/self/fd"], tmp_path, {"PATH": PATH}, 60), ears)

    assert ears.text.split() == ["0", "1", "2", "3"]  # 3 is how ls reads the list


def test_signals_have_their_usual_meaning(shell: Shell) -> None:
    """Workers ignore SIGINT, and Python SIGPIPE; a hook's programs expect neither."""
    shell.run("grep SigIgn /proc/self/status; yes | head -1; echo ${PIPESTATUS[0]}")
    ignored, first, status = shell.ears.text.splitlines()

    assert int(ignored.split()[1], 16) & 0b1_0001_0000_0000_0010 == 0  # INT, PIPE, CHLD
    assert (first, status) == ("y", "141")


def test_it_leads_a_session_of_its_own(shell: Shell) -> None:
    """B18: so that its whole group can be ended, and no terminal reaches it."""
    shell.run(
        "read -r pid _ _ _ group session terminal _ < /proc/$$/stat; echo $((pid - group)) $((pid - session))"
    )

    assert shell.ears.text == "0 0\n"


def test_both_outputs_arrive_in_order(shell: Shell) -> None:
    shell.run("for i in {1..200}; do echo out $i; echo err $i >&2; done")

    wanted = [f"{which} {number}" for number in range(1, 201) for which in ("out", "err")]
    assert shell.ears.text.splitlines() == wanted


def test_the_last_words_are_heard(shell: Shell) -> None:
    for _ in range(20):
        shell.ears.heard = b""
        shell.run("printf '%01000d' 7; printf last")
        assert shell.ears.text.endswith("7last")


def test_output_comes_while_it_runs(shell: Shell) -> None:
    """B11: it is not held back until the end."""

    class Waiter(Ears):
        def tick(self) -> bool:
            return not self.heard and super().tick()

    ending = shell.run("echo begun; sleep 1000", Waiter())

    assert ending.ended_by == "asked"


def test_a_flood_is_drained_and_capped(shell: Shell) -> None:
    """B11: 300 MB pass through, and what is kept of them is bounded."""
    limit = 1024 * 1024

    class Flood(Ears):
        def __init__(self) -> None:
            super().__init__()
            self.output, self.kept, self.drained = Output(limit), "", 0

        def write(self, data: bytes) -> None:
            self.drained += len(data)
            self.kept += self.output.feed(data)

    flood = Flood()
    assert shell.run("yes 0123456789 | head -c 300000000; echo; echo the end", flood) == Ending(0)
    flood.kept += flood.output.close()

    assert flood.drained == 300_000_009
    assert limit // 2 < len(flood.kept) <= limit + 100
    assert flood.kept.startswith("0123456789\n0123456789\n")
    assert flood.kept.endswith("\nthe end\n")
    assert "bytes are left out here" in flood.kept


def test_nothing_is_left_open_in_the_worker(shell: Shell) -> None:
    shell.run("true")
    before = os.listdir("/proc/self/fd")
    for script in ("true", "exit 3", "sleep 1000 & echo $!"):
        shell.run(script)
    with pytest.raises(ZeroDivisionError):
        shell.run("echo", _Raises())

    assert os.listdir("/proc/self/fd") == before


class _Raises(Ears):
    def write(self, data: bytes) -> None:
        raise ZeroDivisionError


def test_a_silent_command_is_asked_about_all_the_time(shell: Shell) -> None:
    """B34: several times a second, for the heartbeat and for cancelling."""
    began = time.monotonic()
    shell.run("sleep 1.6")
    ended = time.monotonic()

    assert 3 <= shell.ears.ticks <= (ended - began) / process.TICK_SECONDS + 1
