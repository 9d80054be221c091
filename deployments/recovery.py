"""After a crash: what is on disk decides how an operation ended (B34, B36)."""

import logging
import subprocess
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseFault
from django.utils import timezone

from deployments import locks, queue
from deployments.errors import Failure
from deployments.models import Operation, Step
from deployments.pipeline.host import this_host
from deployments.pipeline.run import lock_of
from deployments.webroot import release
from deployments.webroot.switch import current_release, discard_leftovers

logger = logging.getLogger(__name__)


def sweep(cluster: str) -> None:
    """Settle what dead workers of this cluster left, and start what was forgotten.

    To be called on the cluster's own host: only there is the disk that decides.
    """
    here = Operation.objects.for_pages().filter(environment__instance__cluster=cluster)
    for operation in here.in_progress():
        if _is_dead(operation):
            try:
                settle(operation)
            except DatabaseFault:
                raise
            except Exception:
                # One that can't be settled must not keep the others, or the worker, from going on.
                logger.exception("%s could not be settled", operation)
    for environment_id in here.runnable().order_by().values_list("environment_id", flat=True).distinct():
        queue.nudge(environment_id, cluster)


def _is_dead(operation: Operation) -> bool:
    """Whether its worker is gone: silent for a while, and its lock has no holder.

    Either sign alone can lie: a stopped process is silent and alive, and a worker with
    another data directory holds a lock that isn't seen here. A clock that was set back
    makes a beat lie in the future, so the distance counts, not its sign.
    """
    silence = abs(timezone.now() - operation.last_sign_of_life)
    return silence > timedelta(seconds=settings.AMEZMO_SILENCE_SECONDS) and not locks.is_held(
        lock_of(operation)
    )


def settle(operation: Operation) -> None:
    """Give an operation whose worker died the status that the disk shows."""
    Step.objects.filter(operation=operation, status=Step.Status.RUNNING).update(
        status=Step.Status.FAILED, message="The worker died in this step.", finished_at=timezone.now()
    )
    if _is_current(operation):
        operation.record_switch()
        operation.succeed("Recovered: its worker died after the switch, so the release is live.")
    else:
        operation.lose("Its worker died before the switch. Deploy again.")
        _clean_up(operation)
    lock_of(operation).unlink(missing_ok=True)
    logger.warning("%s was settled after its worker's death: %s", operation, operation.status)


def _clean_up(operation: Operation) -> None:
    """Remove what was half made; what can't be removed keeps nothing from going on (B34)."""
    layout = operation.environment.layout
    try:
        with this_host().acting():
            discard_leftovers(layout)
            if operation.directory is not None:
                release.discard(layout.draft(operation.directory))
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        logger.warning("What %s left in %s could not be removed: %s", operation, layout.releases, error)


def _is_current(operation: Operation) -> bool:
    if operation.directory is None:
        return False
    try:
        return current_release(operation.environment.layout) == operation.directory
    except Failure:
        return False
