"""Reading what an operation left: its steps, its logs, the files of its release."""

import os
from pathlib import Path

from deployments.models import Operation, Step


def steps(operation: Operation) -> list[str]:
    """The names of the steps that ran, in order."""
    return [step.name for step in operation.steps.order_by("position")]


def log(step: Step) -> str:
    return "".join(chunk.text for chunk in step.chunks.order_by("offset"))


def step(operation: Operation, name: str) -> Step:
    return operation.steps.get(name=name)


def log_of(operation: Operation, name: str) -> str:
    return log(step(operation, name))


def live(operation: Operation) -> Path | None:
    """What `current` of the operation's environment points to."""
    link = operation.environment.layout.current
    return Path(os.readlink(link)) if link.is_symlink() else None


def drafts(operation: Operation) -> list[str]:
    """Names in `release/` that are no complete release."""
    releases = operation.environment.layout.releases
    if not releases.exists():
        return []
    return sorted(name for name in os.listdir(releases) if not name.startswith("deployment_"))
