"""What must never be, the database itself refuses: whoever writes, and however."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from deployments.models import Environment, LogChunk, Operation, Status, Step
from deployments.models.operation import IN_PROGRESS, OPEN
from tests.support.history import a_step, an_operation

FINAL = [status for status in Status if status not in OPEN]


def refused(sql: str, *parameters: Any) -> str:
    """Run a statement that the database is to refuse, past all of Django; return what it said."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    return str(caught.value)


@pytest.mark.parametrize("first", IN_PROGRESS)
@pytest.mark.parametrize("second", IN_PROGRESS)
def test_one_operation_of_an_environment_is_in_progress(
    production: Environment, first: Status, second: Status
) -> None:
    """B33: the database refuses a second one, even to plain SQL."""
    an_operation(production, first)
    waiting = an_operation(production, Status.PENDING)
    refused("UPDATE deployments_operation SET status = %s WHERE id = %s", second, waiting.pk)
    waiting.refresh_from_db()
    assert waiting.status == Status.PENDING


def test_another_kind_is_serialised_with_deployments(production: Environment) -> None:
    """B33: rollbacks and configuration changes wait for deployments too: all are in one table."""
    an_operation(production, Status.RUNNING)
    with pytest.raises(IntegrityError):
        an_operation(production, Status.RUNNING, kind=Operation.Kind.ROLLBACK, sequence=None)


def test_environments_do_not_wait_for_one_another(production: Environment) -> None:
    """B33: at most one of an environment, not of all."""
    staging = Environment.objects.create(
        instance=production.instance, name="staging", repository=production.repository
    )
    an_operation(production, Status.RUNNING)
    an_operation(staging, Status.RUNNING)
    assert Operation.objects.in_progress().count() == 2


@pytest.mark.parametrize("status", [Status.PENDING, *FINAL])
def test_any_number_may_wait_or_be_over(production: Environment, status: Status) -> None:
    """B33: only those in progress exclude each other."""
    an_operation(production, Status.RUNNING)
    for _ in range(2):
        an_operation(production, status)
    assert production.operations.count() == 3


def test_a_sequence_is_given_once_in_an_environment(production: Environment) -> None:
    """B1: two deployments of one environment can't bear one number; those of two may."""
    an_operation(production, sequence=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        an_operation(production, sequence=7)
    staging = Environment.objects.create(instance=production.instance, name="staging", repository="/srv/x")
    assert an_operation(staging, sequence=7).sequence == 7


@pytest.mark.parametrize(
    ("kind", "sequence"), [("deployment", None), ("rollback", 1), ("configuration", 1)], ids=str
)
def test_a_deployment_has_a_sequence_and_nothing_else_has(
    production: Environment, kind: str, sequence: int | None
) -> None:
    """B1, B22: a rollback takes no number."""
    with pytest.raises(IntegrityError):
        an_operation(production, kind=kind, sequence=sequence)


@pytest.mark.parametrize("status", OPEN)
def test_an_open_operation_has_no_end(production: Environment, status: Status) -> None:
    """B34: final if and only if finished."""
    with pytest.raises(IntegrityError):
        an_operation(production, status, finished_at=timezone.now())


@pytest.mark.parametrize("status", FINAL)
def test_a_final_operation_has_an_end(production: Environment, status: Status) -> None:
    """B34: final if and only if finished, for each of the four."""
    assert len(FINAL) == 4
    operation = an_operation(production, status)
    refused("UPDATE deployments_operation SET finished_at = NULL WHERE id = %s", operation.pk)


def test_a_step_is_over_if_and_only_if_it_has_an_end(production: Environment) -> None:
    """B11"""
    operation = an_operation(production)
    ended = a_step(operation)
    running = a_step(operation, status="running")
    refused("UPDATE deployments_step SET finished_at = NULL WHERE id = %s", ended.pk)
    refused("UPDATE deployments_step SET status = 'failed' WHERE id = %s", running.pk)


def test_two_steps_cannot_have_one_position(production: Environment) -> None:
    """B11: the order of an operation's steps is one."""
    operation = an_operation(production)
    a_step(operation)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_step(operation, position=1)
    assert a_step(an_operation(production), position=1).position == 1


def test_a_log_has_each_offset_once(production: Environment) -> None:
    """A second writer can't write over, or beside, what is there."""
    step = a_step(an_operation(production), log="whole\n")
    for offset in (0, 6):
        made = LogChunk(step=step, offset=offset, line=0, text="again\n")
        if offset == 0:
            with pytest.raises(IntegrityError), transaction.atomic():
                made.save()
        else:
            made.save()
    assert [chunk.offset for chunk in step.chunks.all()] == [0, 6]


def test_an_environment_with_history_is_not_deleted(production: Environment) -> None:
    """History outlives a slip of the hand: neither it nor its application can go before it."""
    operation = an_operation(production)
    for thing in (production, production.instance):
        with pytest.raises(IntegrityError):
            thing.delete()
    assert Operation.objects.get() == operation


def test_steps_and_logs_go_with_their_operation(production: Environment) -> None:
    """Nothing is left behind that no page leads to."""
    operation = an_operation(production)
    a_step(operation, log="text")
    operation.delete()
    assert not Step.objects.exists()
    assert not LogChunk.objects.exists()
