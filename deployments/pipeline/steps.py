"""What pipelines are made of."""

from collections.abc import Callable
from dataclasses import dataclass

from deployments.pipeline.context import Context
from deployments.pipeline.events import run_event
from deployments.pipeline.recorder import StepLog


@dataclass(frozen=True)
class Step:
    """A step of the program's own. Its function says in `log.step.message` what it did."""

    name: str
    act: Callable[[Context, StepLog], None]
    # Whether there is anything to do: a step that there is no cause for leaves no trace (B11).
    wanted: Callable[[Context], bool] = lambda _context: True

    def perform(self, context: Context) -> None:
        """Do it, recorded; raises `Failure` where it failed (B9)."""
        if not self.wanted(context):
            return
        with context.recorder.step(self.name) as log:
            self.act(context, log)


@dataclass(frozen=True)
class Hooks:
    """The moment at which an event's hooks run: each script is a step, none makes none."""

    event: str

    def perform(self, context: Context) -> None:
        run_event(context, self.event)
