"""Operations, steps and logs in any state, as rows: what a page or a sentence is made from."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from deployments.models import Environment, LogChunk, Operation, Status, Step
from deployments.models.operation import OPEN

COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def an_operation(environment: Environment, status: str = Status.SUCCEEDED, **fields: Any) -> Operation:
    """A deployment (or another kind) in `status`, with the times that go with it: ten seconds, ending now."""
    Environment.objects.filter(pk=environment.pk).update(last_sequence=F("last_sequence") + 1)
    now = timezone.now()
    sequence = Environment.objects.values_list("last_sequence", flat=True).get(pk=environment.pk)
    made = Operation.objects.create(
        **{
            "environment": environment,
            "sequence": sequence,
            "status": status,
            "wanted_name": environment.branch,
            "repository": environment.repository,
            "branch": environment.branch,
            "trigger": Operation.Trigger.MANUAL,
            "created_at": now - timedelta(seconds=12),
            "started_at": None if status == Status.PENDING else now - timedelta(seconds=10),
            "heartbeat_at": None if status == Status.PENDING else now,
            "finished_at": None if status in OPEN else now,
            **fields,
        }
    )
    return Operation.objects.select_related("environment", "environment__instance").get(pk=made.pk)


def make_live(operation: Operation) -> None:
    """Record that `current` points to this deployment's release."""
    Operation.objects.filter(pk=operation.pk).update(switched_at=timezone.now())
    Environment.objects.filter(pk=operation.environment_id).update(current=operation.pk)


def a_step(
    operation: Operation, name: str = "after.pull", log: str = "", status: str = "succeeded", **fields: Any
) -> Step:
    """The operation's next step: two seconds, ending now; `log` as one chunk."""
    now = timezone.now()
    step = Step.objects.create(
        **{
            "operation": operation,
            "position": operation.steps.count() + 1,
            "name": name,
            "status": status,
            "started_at": now - timedelta(seconds=2),
            "finished_at": None if status == Step.Status.RUNNING else now,
            **fields,
        }
    )
    append(step, log)
    return step


def append(step: Step, *texts: str) -> None:
    """Add chunks to a step's log, as the recorder does."""
    for text in filter(None, texts):
        last = step.chunks.order_by("offset").last()
        LogChunk.objects.create(
            step=step,
            offset=last.offset + len(last.text.encode()) if last else 0,
            line=last.line + last.text.count("\n") if last else 0,
            text=text,
        )
