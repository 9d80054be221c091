"""Running one command under the supervisor: its output as it comes, its end as it was.

The same control serves hooks and git: a time limit, a way to end everything early, and
no process left behind (B18, B21).
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from deployments.identity import Account

SUPERVISOR = Path(__file__).with_name("supervisor.py")
READ_SIZE = 64 * 1024
TICK_SECONDS = 0.25
DRAIN_SECONDS = 10.0
# How long the supervisor may take to end everything once the worker has let go.
LAST_WAIT_SECONDS = 30.0

EndedBy = Literal["time-limit", "process-limit", "asked", "supervisor-died"]


@dataclass(frozen=True)
class Command:
    """What to run. `seconds` limits its time (None: no limit), `processes` how many it may be at
    once (0: no limit); `grace` is the seconds between TERM and KILL."""

    argv: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    seconds: float | None
    account: Account | None = None
    processes: int = 1000
    grace: float = 5.0


@dataclass(frozen=True)
class Ending:
    """How a command ended. `left`: processes it had left in the background, ended as well."""

    exit_code: int
    ended_by: EndedBy | None = None
    left: int = 0


class Listener(Protocol):
    """Whoever follows a command."""

    def write(self, data: bytes) -> None:
        """Take the next piece of what it printed."""

    def tick(self) -> bool:
        """Called several times a second; False asks for the command to be ended."""


class Supervised:
    """A command that runs under a supervisor of its own, until it ends or this is closed.

    Everything it started hangs on one descriptor that this process holds: when it is
    closed, by `let_go` or by this process's death, all of it is ended.
    """

    def __init__(self, command: Command, *, output: int) -> None:
        """Start it, its standard output and error going to the descriptor `output`."""
        order_read, self._lifeline = os.pipe()
        self.verdict, verdict_write = os.pipe()
        self._said = b""
        try:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", str(SUPERVISOR), str(order_read), str(verdict_write)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(order_read, verdict_write),
                env={},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            self._close(self._lifeline, self.verdict)
            raise
        finally:
            self._close(order_read, verdict_write)
        with contextlib.suppress(BrokenPipeError):  # its end is then read as its verdict
            os.write(self._lifeline, _order(command))

    def let_go(self) -> None:
        """Ask for everything to be ended: TERM, then KILL after the command's grace."""
        if self._lifeline != -1:
            os.close(self._lifeline)
            self._lifeline = -1

    def close(self) -> None:
        """Let go, and wait until nothing of it is left."""
        self.let_go()
        self._supervisor.wait(LAST_WAIT_SECONDS)
        self._close(self.verdict)

    def read_verdict(self) -> bool:
        """Take what the supervisor says (blocks until it does); False once that was all."""
        part = os.read(self.verdict, READ_SIZE)
        self._said += part
        return bool(part)

    @property
    def ended(self) -> bool:
        """Whether the supervisor has said its last word, so that nothing is left; never blocks."""
        while _readable(self.verdict):
            if not self.read_verdict():
                return True
        return False

    @property
    def leader(self) -> int | None:
        """The command's process id, once the supervisor has said it."""
        lines = self._said.splitlines()
        return json.loads(lines[0])["started"] if lines else None

    @property
    def ending(self) -> Ending:
        """How it ended; to be asked after the verdict was read to its end."""
        lines = self._said.splitlines()
        if len(lines) < 2:
            return Ending(exit_code=137, ended_by="supervisor-died")
        verdict = json.loads(lines[-1])
        return Ending(verdict["exit"], verdict["ended_by"], verdict["left"])

    def end_group(self) -> None:
        """End what can be found of a command whose supervisor was killed: its process group."""
        if self.leader is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.leader, signal.SIGKILL)

    @staticmethod
    def _close(*descriptors: int) -> None:
        for descriptor in descriptors:
            os.close(descriptor)


def _readable(descriptor: int) -> bool:
    # poll, not select: select can't look at descriptors above 1023.
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(0))


def run(command: Command, listener: Listener) -> Ending:
    """Run a command to its end, `listener` following it, and return how it ended."""
    output, output_write = os.pipe()
    if command.account and os.geteuid() == 0:
        # A script that opens /dev/stderr opens the pipe anew, and as somebody else.
        os.fchown(output_write, command.account.uid, command.account.gid)
    try:
        supervised = Supervised(command, output=output_write)
    except BaseException:
        os.close(output)
        raise
    finally:
        os.close(output_write)
    try:
        os.set_blocking(output, False)
        return _Follow(output, supervised, listener).until_the_end()
    finally:
        supervised.close()
        os.close(output)


def _order(command: Command) -> bytes:
    account = command.account
    order = {
        "argv": list(command.argv),
        "directory": str(command.directory),
        "environment": dict(command.environment),
        "seconds": command.seconds,
        "grace": command.grace,
        "processes": command.processes,
        "account": [account.uid, account.gid, list(account.groups)] if account else None,
    }
    return json.dumps(order).encode() + b"\n"


class _Follow:
    """Reads the output and waits for the verdict, whichever has something to say."""

    def __init__(self, output: int, supervised: Supervised, listener: Listener) -> None:
        self.output = output
        self.supervised = supervised
        self.listener = listener
        self.poller = select.poll()
        self.poller.register(output, select.POLLIN)
        self.poller.register(supervised.verdict, select.POLLIN)

    def until_the_end(self) -> Ending:
        tick_at = time.monotonic() + TICK_SECONDS
        while True:
            wait = max(0.0, tick_at - time.monotonic())
            ready = {descriptor for descriptor, _what in self.poller.poll(wait * 1000)}
            if self.output in ready and not self._read_output():
                self.poller.unregister(self.output)
            if self.supervised.verdict in ready and not self.supervised.read_verdict():
                return self._last_words()
            if time.monotonic() >= tick_at:
                tick_at = time.monotonic() + TICK_SECONDS
                if not self.listener.tick():
                    self.supervised.let_go()

    def _last_words(self) -> Ending:
        """Read what still lies in the pipe: nothing is left that could add to it."""
        ending = self.supervised.ending
        if ending.ended_by == "supervisor-died":
            self.supervised.end_group()
        until = time.monotonic() + DRAIN_SECONDS
        while self._read_output() and time.monotonic() < until:
            pass
        return ending

    def _read_output(self) -> bool:
        try:
            data = os.read(self.output, READ_SIZE)
        except BlockingIOError:
            return False
        if data:
            self.listener.write(data)
        return bool(data)
