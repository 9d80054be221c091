"""Running any operation to one of its final statuses, whatever happens in it."""

import logging
import os
import socket
from pathlib import Path
from types import ModuleType

from django.conf import settings

from deployments import locks, queue
from deployments.errors import Failure
from deployments.models import Operation
from deployments.pipeline import configuration, deploy
from deployments.pipeline.context import Context
from deployments.pipeline.host import this_host
from deployments.pipeline.recorder import Abandoned

logger = logging.getLogger(__name__)

# Each has STEPS, in order, and on_failure.
PIPELINES: dict[str, ModuleType] = {
    Operation.Kind.DEPLOYMENT: deploy,
    Operation.Kind.CONFIGURATION: configuration,
}


def run_next(environment_id: int) -> bool:
    """Run the environment's first pending operation, if none is in progress there (B33).

    Return whether this call ran one. When it ends, the queue is told to look again.
    """
    first = Operation.objects.runnable().filter(environment_id=environment_id).first()
    if first is None:
        return False
    lock = locks.try_to_hold(lock_of(first))
    if lock is None:
        return False
    try:
        if not first.claim(f"{socket.gethostname()} {os.getpid()}"):
            return False
        operation = (
            Operation.objects.for_pages()
            .select_related("environment__dotenv", "environment__current")
            .get(pk=first.pk)
        )
        execute(operation)
        lock_of(first).unlink(missing_ok=True)
    finally:
        os.close(lock)
    if Operation.objects.pending().filter(environment_id=environment_id).exists():
        queue.nudge(environment_id, operation.environment.instance.cluster)
    return True


def lock_of(operation: Operation) -> Path:
    """The file that a living worker holds locked as long as it runs this operation."""
    return Path(settings.DATA_DIR) / "run" / f"operation-{operation.pk}.lock"


def execute(operation: Operation) -> None:
    """Run a claimed operation's steps; every failure ends in a sentence (B9, B10)."""
    logger.info("%s begins", operation)
    try:
        context = Context.of(operation, this_host())
    except Failure as failure:
        operation.fail(str(failure))
        return
    try:
        for step in PIPELINES[operation.kind].STEPS:
            step.perform(context)
    except Abandoned:
        logger.warning("%s was taken away from this worker", operation)
    except Failure as failure:
        _fail(context, str(failure))
    except Exception as error:
        logger.exception("%s met a fault of the program", operation)
        _fail(context, f"The program itself failed ({type(error).__name__}); its own log tells more.")
    else:
        operation.succeed()
    logger.info("%s ended: %s", operation, operation.status)


def _fail(context: Context, sentence: str) -> None:
    """End in failure - unless the release is live, for then it has succeeded (B36)."""
    if context.switched:
        context.operation.record_switch()
        context.operation.succeed(context.masked.mask(f"The release is live, but: {sentence}"))
        return
    try:
        PIPELINES[context.operation.kind].on_failure(context)
    except Abandoned:
        return
    except Exception:
        logger.exception("deploy.failure of %s", context.operation)
    context.operation.fail(context.masked.mask(sentence))
