"""A mirror's `Runner` with the real supervisor behind it, and a listener that remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployments.hooks import process
from deployments.hooks.process import Command, Ending
from deployments.source.mirror import Ran


class Ears:
    """A listener that keeps all it hears, and never asks for the command's end."""

    def __init__(self) -> None:
        self.heard = b""
        self.ticks = 0

    @property
    def text(self) -> str:
        return self.heard.decode("utf-8", "replace")

    def write(self, data: bytes) -> None:
        self.heard += data

    def tick(self) -> bool:
        self.ticks += 1
        return True


@dataclass
class SupervisedRunner:
    """Runs git as the pipeline does; `commands` are the subcommands it was asked for."""

    commands: list[str] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    def __call__(
        self, argv: Sequence[str], *, environment: Mapping[str, str], time_limit: float | None
    ) -> Ran:
        ears = Ears()
        ending = process.run(Command(argv, Path("/"), environment, time_limit, grace=1.0), ears)
        self.commands.append(_subcommand(argv))
        self.endings.append(ending)
        timed_out = ending.ended_by == "time-limit"
        return Ran(None if timed_out else ending.exit_code, ears.text, timed_out)


def _subcommand(argv: Sequence[str]) -> str:
    known = ("init", "ls-remote", "fetch", "read-tree")
    return next(word for word in argv if word in known)
