"""A small process that stands between the worker and a command, and outlives neither.

It runs as `python -I -S supervisor.py`, imports nothing of this project, and does four
things: starts the command in a session of its own; adopts whatever the command leaves
behind, since it is the subreaper; ends all of it - at the time limit, when the worker
asks, when the worker dies, and when the command itself has ended (B18, B21); and says
how that went in one line of JSON.

Its arguments are two descriptors. The first brings the order, one line of JSON, and is the
worker's lifeline from then on: its end means "end everything". Into the second goes the
verdict. Standard output and error are the command's.

Why not only killpg: a process that called setsid leaves the group. Why a subreaper: its
orphans then have this process as their parent, and none can hide. (TECHNICAL.md 12-14.)
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
import warnings  # noqa: F401 - os.execvpe wants it, when the account may not be able to read it

ORDER, VERDICT = int(sys.argv[1]), int(sys.argv[2])
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
COUNT_EVERY = 0.5  # seconds between two counts of the command's processes
UNKILLABLE = 10.0  # seconds after which a process that the kernel does not let go of is left to it
LEFTOVER_GRACE = 1.0  # seconds that processes left in the background get between TERM and KILL


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    order = read_order()
    wakeup, children_changed = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(children_changed)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    leader = start(order, libc)
    # The pipe that carries the output must close when the command's processes are gone.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.write(VERDICT, json.dumps({"started": leader}).encode() + b"\n")
    os.write(VERDICT, json.dumps(Watch(order, leader, wakeup).until_the_end()).encode() + b"\n")


def read_order() -> dict:
    received = b""
    while not received.endswith(b"\n"):
        part = os.read(ORDER, 65536)
        if not part:
            sys.exit(0)
        received += part
    return json.loads(received)


def start(order: dict, libc: ctypes.CDLL) -> int:
    """Fork the command: own session, own user, umask 0002, nothing open but 0, 1 and 2."""
    supervisor = os.getpid()
    leader = os.fork()
    if leader:
        return leader
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != supervisor:
            os._exit(126)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.umask(0o002)
        if order["account"]:
            uid, gid, groups = order["account"]
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            # Changing the user cleared it.
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.chdir(order["directory"])
        os.closerange(3, 65536)
        os.execvpe(order["argv"][0], order["argv"], order["environment"])  # noqa: S606
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {error.strerror}\n".encode())
    except ValueError as error:
        os.write(2, f"{order['argv'][0]}: {error}\n".encode())
    finally:
        os._exit(127)


class Watch:
    """Waits for the command's end, or for a reason to end it, whichever comes first."""

    def __init__(self, order: dict, leader: int, wakeup: int) -> None:
        self.order = order
        self.leader = leader
        self.wakeup = wakeup
        self.deadline = time.monotonic() + (order["seconds"] or float("inf"))
        self.count_at = time.monotonic() + COUNT_EVERY if order["processes"] else float("inf")
        self.kill_at = float("inf")
        self.ended_by: str | None = None
        self.poller = select.poll()
        self.poller.register(ORDER, select.POLLIN | select.POLLHUP)
        self.poller.register(wakeup, select.POLLIN)

    def until_the_end(self) -> dict:
        while (exit_code := reap(self.leader)) is None:
            now = time.monotonic()
            if now >= self.kill_at:
                end(self.leader, signal.SIGKILL)
                self.kill_at = now + 0.2
            elif self.ended_by is None and (reason := self.reason(now)):
                self.begin_to_end(reason)
            self.wait()
        left = sweep(self.leader, patient=self.ended_by != "process-limit")
        return {"exit": exit_code, "ended_by": self.ended_by, "left": left}

    def reason(self, now: float) -> str | None:
        if now >= self.deadline:
            return "time-limit"
        if now >= self.count_at:
            self.count_at = now + COUNT_EVERY
            if len(descendants()) > self.order["processes"]:
                return "process-limit"
        return None

    def begin_to_end(self, reason: str) -> None:
        self.ended_by = reason
        end(self.leader, signal.SIGTERM)
        # Nothing that forks without end is given time to fork on.
        grace = 0 if reason == "process-limit" else self.order["grace"]
        self.kill_at = time.monotonic() + grace

    def wait(self) -> None:
        """Sleep until a child ends, the worker lets go, or the next thing is due."""
        due = self.kill_at if self.ended_by else min(self.deadline, self.count_at)
        patience = None if due == float("inf") else max(1, (due - time.monotonic()) * 1000)
        for descriptor, _what in self.poller.poll(patience):
            if descriptor == self.wakeup:
                drain(self.wakeup)
            elif not os.read(ORDER, 4096):
                self.poller.unregister(ORDER)
                if self.ended_by is None:
                    self.begin_to_end("asked")


def sweep(leader: int, patient: bool) -> int:
    """End what the command left behind, TERM then KILL; return how many there were."""
    reap(leader)
    if childless():
        return 0
    found = max(1, len(descendants()))
    end(leader, signal.SIGTERM)
    wait_for_none(leader, LEFTOVER_GRACE if patient else 0)
    deadline = time.monotonic() + UNKILLABLE
    while not childless() and time.monotonic() < deadline:
        end(leader, signal.SIGKILL)
        wait_for_none(leader, 0.01)
    return found


def wait_for_none(leader: int, seconds: float) -> None:
    """Collect what ends, until nothing is left or the time is over."""
    deadline = time.monotonic() + seconds
    reap(leader)
    while not childless() and time.monotonic() < deadline:
        time.sleep(0.005)
        reap(leader)


def childless() -> bool:
    """Whether nothing is left. A list of processes can miss one that is just being started;
    the kernel's answer can't, since every orphan below becomes this process's child."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def end(leader: int, number: int) -> None:
    """Signal the command's group at once, then every descendant that left the group."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass
    for pid in descendants():
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def reap(leader: int) -> int | None:
    """Collect every child that has ended; return the leader's exit code once it has.

    Whoever ends hands its own children over to this process, so the dead of all depths
    pass through here.
    """
    exit_code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return exit_code
        if pid == 0:
            return exit_code
        if pid == leader:
            exit_code = os.waitstatus_to_exitcode(status)
            exit_code = 128 - exit_code if exit_code < 0 else exit_code


def descendants() -> list[int]:
    """Return every living process below this one, by the parents that /proc names."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as handle:
                fields = handle.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] != b"Z":
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    frontier = [os.getpid()]
    while frontier:
        children = parents.get(frontier.pop(), [])
        found += children
        frontier += children
    return found


def drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass


if __name__ == "__main__":
    main()
