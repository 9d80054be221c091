"""After a crash, what is on disk decides (B34, B36): the state that a dead worker leaves is made
for real, by a deployment that is then put back to where the worker would have died."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from deployments import locks, recovery
from deployments.models import Environment, Instance, Operation, Status, Step
from deployments.pipeline.run import lock_of
from tests.conftest import Deploy
from tests.support.history import COMMIT, a_step, an_operation
from tests.support.queue import nudges
from tests.support.reading import live

HOUR = timedelta(hours=1)


def dies(operation: Operation, status: Status = Status.RUNNING, silent: timedelta = HOUR) -> Operation:
    """Put a deployment back into progress, as its worker left it when it died `silent` ago."""
    Operation.objects.filter(pk=operation.pk).update(
        status=status,
        finished_at=None,
        switched_at=None,
        message="",
        heartbeat_at=timezone.now() - silent,
    )
    lock_of(operation).parent.mkdir(parents=True, exist_ok=True)
    lock_of(operation).touch()
    return Operation.objects.for_pages().get(pk=operation.pk)


def swept(operation: Operation) -> Operation:
    recovery.sweep(operation.environment.instance.cluster)
    return Operation.objects.for_pages().get(pk=operation.pk)


@contextmanager
def held(operation: Operation) -> Iterator[None]:
    """As a living worker holds it."""
    descriptor = locks.try_to_hold(lock_of(operation))
    assert descriptor is not None
    try:
        yield
    finally:
        os.close(descriptor)


def test_what_current_points_to_has_succeeded(production: Environment, deploy: Deploy) -> None:
    """B36: noted as recovered; the record of what is live is put right, too."""
    deployment = dies(deploy(production))
    Environment.objects.update(current=None)
    settled = swept(deployment)
    assert settled.status == "succeeded"
    assert settled.message.startswith("Recovered: its worker died after the switch")
    assert settled.is_live
    assert settled.switched_at is not None
    assert settled.finished_at is not None
    assert live(settled) == settled.directory


def test_what_current_does_not_point_to_has_failed(production: Environment, deploy: Deploy) -> None:
    """B36: its release may be complete; the live site is still the one before."""
    first = deploy(production)
    second = deploy(production)
    os.unlink(production.layout.current)
    production.layout.current.symlink_to(str(first.directory))
    Environment.objects.update(current=first.pk)
    settled = swept(dies(second))
    assert settled.status == "failed"
    assert settled.message == "Its worker died before the switch. Deploy again."
    assert live(settled) == first.directory
    assert settled.environment.current_id == first.pk


@pytest.mark.parametrize("commit", ["", COMMIT], ids=["before its commit was known", "after"])
def test_one_that_had_not_switched_has_failed(production: Environment, commit: str) -> None:
    """B36: with no link at all."""
    assert swept(dies(an_operation(production, Status.RUNNING, commit=commit))).status == "failed"


@pytest.mark.parametrize("obstacle", ["a directory", "a link to elsewhere"])
def test_a_current_that_is_not_ours_decides_nothing(production: Environment, obstacle: str) -> None:
    """B36: what can't be read as a release of this environment is none."""
    production.layout.root.mkdir()
    if obstacle == "a directory":
        production.layout.current.mkdir()
    else:
        production.layout.current.symlink_to("/srv")
    assert swept(dies(an_operation(production, Status.RUNNING, commit=COMMIT))).status == "failed"


def test_the_half_made_directory_is_removed(production: Environment) -> None:
    """B36: and nothing beside it."""
    operation = dies(an_operation(production, Status.RUNNING, commit=COMMIT))
    directory = operation.directory
    assert directory is not None
    draft = production.layout.draft(directory)
    (draft / "deep").mkdir(parents=True)
    (draft / "deep").chmod(0o555)
    other = production.layout.releases / ".deployment_9.00000000.partial"
    other.mkdir()
    assert swept(operation).status == "failed"
    assert list(production.layout.releases.iterdir()) == [other]


def test_a_directory_that_cannot_be_removed_does_not_keep_it_open(production: Environment) -> None:
    """B34: every operation reaches a final status, and so the next one can start."""
    production.layout.root.mkdir()
    production.layout.releases.write_text("a file, where the releases' directory should be")
    operation = dies(an_operation(production, Status.RUNNING, commit=COMMIT))
    assert swept(operation).status == "failed"


def test_the_step_it_died_in_is_closed(production: Environment) -> None:
    """B11, B36: those that were over stay as they were."""
    operation = dies(an_operation(production, Status.RUNNING))
    a_step(operation, "fetch", message="Fetched.")
    a_step(operation, "after.pull", status="running", log="half a li")
    a_step(an_operation(production), "other", status="running")
    swept(operation)
    fetch, hook = operation.steps.order_by("position")
    assert (fetch.status, fetch.message) == ("succeeded", "Fetched.")
    assert (hook.status, hook.message) == ("failed", "The worker died in this step.")
    assert hook.finished_at is not None
    assert Step.objects.get(name="other").running


def test_one_that_was_being_cancelled_is_cancelled(production: Environment) -> None:
    """B34, B35"""
    assert swept(dies(an_operation(production, Status.RUNNING), Status.CANCELLING)).status == "cancelled"


def test_one_that_beats_is_never_settled(production: Environment) -> None:
    """B36: even where its lock isn't seen, since its worker has another data directory."""
    operation = dies(an_operation(production, Status.RUNNING), silent=timedelta(seconds=3))
    assert swept(operation).status == "running"
    assert lock_of(operation).exists()


def test_one_whose_lock_is_held_is_never_settled(production: Environment) -> None:
    """B36: a stopped process is silent, and alive."""
    operation = dies(an_operation(production, Status.RUNNING))
    with held(operation):
        assert swept(operation).status == "running"
    assert swept(operation).status == "failed"
    assert not lock_of(operation).exists()


@pytest.mark.parametrize(
    ("ahead", "status"), [(timedelta(seconds=3), "running"), (HOUR, "failed")], ids=["a little", "far"]
)
def test_a_clock_that_was_set_back_keeps_nothing_open(
    production: Environment, ahead: timedelta, status: str
) -> None:
    """B34: its last beat lies in the future, and would for an hour."""
    assert swept(dies(an_operation(production, Status.RUNNING), silent=-ahead)).status == status


def test_another_clusters_operations_are_left_alone(production: Environment) -> None:
    """B36: only on its own host is the disk that decides."""
    operation = dies(an_operation(production, Status.RUNNING))
    Instance.objects.update(cluster="host-b")
    recovery.sweep("default")
    operation.refresh_from_db()
    assert operation.status == "running"


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUCCEEDED, Status.FAILED, Status.SUPERSEDED])
def test_what_is_not_in_progress_is_left_alone(production: Environment, status: Status) -> None:
    """B34"""
    operation = an_operation(production, status, heartbeat_at=timezone.now() - HOUR, message="As it was.")
    assert (swept(operation).status, swept(operation).message) == (status, "As it was.")


def test_the_next_pending_one_starts(
    production: Environment,
    deploy: Deploy,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """B36: it is nudged in the sweep that settles the dead one, once for all that wait."""
    cluster = f"host-{uuid.uuid4().hex[:12]}"
    Instance.objects.update(cluster=cluster)
    production.instance.refresh_from_db()
    dead = dies(an_operation(production, Status.RUNNING))
    for _ in range(2):
        an_operation(production, Status.PENDING)
    with django_capture_on_commit_callbacks(execute=True), held(dead):
        swept(dead)
    assert nudges(cluster) == []
    with django_capture_on_commit_callbacks(execute=True):
        swept(dead)
    assert nudges(cluster) == [("deployments.tasks.run_next", (production.pk,))]
    last = deploy(production)
    assert last.status == "succeeded", last.message
    assert not Operation.objects.open().exists()
