"""The steps as a waterfall: where each lies in the whole, in per cent."""

from dataclasses import dataclass

from django.utils import timezone

from deployments.models import Operation, Step

NARROWEST = 0.8  # per cent, so that a step of a millisecond is seen


@dataclass(frozen=True)
class Bar:
    """One step, and its place between the operation's start (0) and its end (100)."""

    step: Step
    left: str
    width: str


def timeline(operation: Operation, steps: list[Step]) -> list[Bar]:
    """Return the steps with their places, as numbers fit for SVG."""
    if operation.started_at is None:
        return []
    end = operation.finished_at or timezone.now()
    whole = max((end - operation.started_at).total_seconds(), 0.001)
    bars = []
    for step in steps:
        left = (step.started_at - operation.started_at).total_seconds() / whole * 100
        width = max(step.duration.total_seconds() / whole * 100, NARROWEST)
        left = min(max(left, 0.0), 100.0 - NARROWEST)
        bars.append(Bar(step, f"{left:.2f}", f"{min(width, 100.0 - left):.2f}"))
    return bars
