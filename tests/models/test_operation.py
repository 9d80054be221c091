"""How an operation's status moves, and what a reader may ask of it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from deployments.models import Deployment, Environment, Operation, Status
from tests.support.history import COMMIT, a_step, an_operation, make_live

CONTENDERS = 4


def test_of_two_claims_one_wins(production: Environment) -> None:
    """B33: compare-and-set. The loser's object stays as it was, and so does the winner's row."""
    an_operation(production, Status.PENDING)
    first, second = Operation.objects.get(), Operation.objects.get()
    assert first.claim("one")
    assert not second.claim("two")
    assert (first.status, first.worker) == ("running", "one")
    assert (second.status, second.worker) == ("pending", "")
    stored = Operation.objects.get()
    assert stored.worker == "one"
    assert stored.started_at == stored.heartbeat_at == first.started_at


def test_a_claim_is_refused_while_another_operation_runs(production: Environment) -> None:
    """B33: the refusal is an answer, not an exception, and leaves the transaction usable."""
    running = an_operation(production, Status.RUNNING)
    waiting = an_operation(production, Status.PENDING)
    assert not waiting.claim("me")
    assert Operation.objects.get(pk=waiting.pk).status == "pending"
    assert running.succeed()
    assert waiting.claim("me")


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_start_one_operation(production: Environment) -> None:
    """B33: on any number of workers: each on its own connection, all at the same moment."""
    keys = [an_operation(production, Status.PENDING).pk for _ in range(2)]
    start = threading.Barrier(CONTENDERS)
    won: list[int] = []

    def contend(number: int) -> None:
        try:
            operation = Operation.objects.get(pk=keys[number % 2])
            start.wait(timeout=30)
            if operation.claim(f"worker {number}"):
                won.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=contend, args=(number,)) for number in range(CONTENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(won) == 1
    assert Operation.objects.in_progress().get().worker == f"worker {won[0]}"


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PENDING])
def test_only_a_pending_operation_can_be_claimed(production: Environment, status: Status) -> None:
    """B34"""
    assert not an_operation(production, status).claim("me")


def test_a_beat_says_whether_to_go_on(production: Environment) -> None:
    """B34, B35: false as soon as the operation is cancelled or settled by somebody else."""
    operation = an_operation(production, Status.RUNNING, heartbeat_at=timezone.now() - timedelta(hours=1))
    assert operation.beat()
    assert timezone.now() - Operation.objects.get().last_sign_of_life < timedelta(minutes=1)
    Operation.objects.update(status=Status.CANCELLING)
    assert not operation.beat()


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    ("verb", "outcome"),
    [
        (lambda operation: operation.succeed("Done."), Status.SUCCEEDED),
        (lambda operation: operation.fail("Done."), Status.FAILED),
    ],
    ids=["succeed", "fail"],
)
def test_only_what_is_in_progress_can_end(
    production: Environment, status: Status, verb: Callable[[Operation], bool], outcome: Status
) -> None:
    """B34: a final status is never changed, and nothing ends that did not begin."""
    operation = an_operation(production, status)
    ended = verb(operation)
    assert ended == (status in (Status.RUNNING, Status.CANCELLING))
    stored = Operation.objects.get()
    assert stored.status == (outcome if ended else status)
    assert stored.message == ("Done." if ended else "")


@pytest.mark.parametrize(
    ("status", "outcome"), [(Status.CANCELLING, Status.CANCELLED), (Status.RUNNING, Status.FAILED)]
)
def test_what_its_worker_lost_ends_as_it_was_going_to(
    production: Environment, status: Status, outcome: Status
) -> None:
    """B34, B35: a worker that dies while it cancels has cancelled."""
    operation = an_operation(production, status)
    assert operation.lose("Gone.")
    stored = Operation.objects.get()
    assert (stored.status, stored.message) == (outcome, "Gone.")
    assert stored.final


def test_the_switch_is_recorded_with_the_environment(production: Environment) -> None:
    """B6: the database's record of what is live."""
    operation = an_operation(production, Status.RUNNING)
    operation.record_switch()
    production.refresh_from_db()
    assert production.current_id == operation.pk
    assert Operation.objects.get().switched_at == operation.switched_at


def test_the_commit_of_an_operation_that_is_over_stays(production: Environment) -> None:
    """B34: a worker that was given up can't write into the history."""
    operation = an_operation(production, Status.FAILED)
    operation.record_commit(commit=COMMIT)
    assert Operation.objects.get().commit == ""
    assert operation.commit == ""


def test_a_directory_is_known_with_the_commit(production: Environment) -> None:
    """B1: the directory's name is the number and eight characters of the commit."""
    operation = an_operation(production, Status.RUNNING, sequence=12)
    assert operation.directory is None
    assert operation.release_id == "deployment_12"
    operation.record_commit(commit=COMMIT)
    assert operation.directory == production.layout.root / "release" / "deployment_12.1a2b3c4d"
    assert operation.release_id == "deployment_12.1a2b3c4d"


def test_the_runnable_ones_are_those_that_nothing_stands_before(production: Environment) -> None:
    """B33: the rest wait in order."""
    first, second = (an_operation(production, Status.PENDING) for _ in range(2))
    assert list(Operation.objects.runnable()) == [first, second]
    assert first.claim("me")
    assert list(Operation.objects.runnable()) == []
    assert list(Operation.objects.pending()) == [second]
    assert list(Operation.objects.open()) == [first, second]
    assert first.succeed()
    assert list(Operation.objects.runnable()) == [second]
    assert list(Operation.objects.final()) == [first]


def test_only_the_current_release_is_live(production: Environment) -> None:
    """B22: what succeeded before is a release, and not the live one."""
    old, new = an_operation(production), an_operation(production)
    make_live(new)
    assert [Operation.objects.get(pk=each.pk).is_live for each in (old, new)] == [False, True]


def test_it_names_itself_as_people_do(production: Environment) -> None:
    assert str(an_operation(production, sequence=3)) == "Deployment #3 of shop/production"
    rollback = an_operation(production, kind=Operation.Kind.ROLLBACK, sequence=None)
    assert str(rollback) == f"Rollback ({rollback.pk}) of shop/production"
    assert list(Deployment.objects.all()) == [Operation.objects.get(sequence=3)]


def test_it_lasts_from_its_start_to_its_end(production: Environment) -> None:
    ended, waiting = an_operation(production), an_operation(production, Status.PENDING)
    running = an_operation(production, Status.RUNNING)
    assert ended.duration == timedelta(seconds=10)
    assert waiting.duration is None
    assert running.duration is not None
    assert running.duration >= timedelta(seconds=10)
    assert a_step(running).duration == timedelta(seconds=2)
    assert waiting.last_sign_of_life == waiting.created_at
