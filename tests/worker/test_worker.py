"""The supervised cluster, as a real process with a real queue (TECHNICAL.md 1-8)."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import transaction

from deployments import operations, queue
from deployments.models import Environment, Operation, WorkerHeartbeat
from tests.support.reading import live, log_of
from tests.support.repository import Repository
from tests.support.worker import ROOT, environment, running_worker, wait_for

MANUAL = Operation.Trigger.MANUAL


def ended(operation: Operation) -> bool:
    operation.refresh_from_db()
    return operation.final


def begun(operation: Operation, step: str) -> bool:
    return operation.steps.filter(name=step).exists()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_worker_runs_what_is_queued_in_order(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B33: several deployments of one environment, two workers: one at a time, in order."""
    with running_worker(cluster, tmp_path):
        queued = [operations.deploy(shop, trigger=MANUAL) for _ in range(5)]
        wait_for(lambda: all(ended(each) for each in queued), what="five deployments")
    assert [each.status for each in queued] == ["succeeded"] * 5
    times = [(each.started_at, each.finished_at) for each in queued]
    for (_, earlier_end), (later_start, _) in pairwise(times):
        assert earlier_end is not None
        assert later_start is not None
        assert earlier_end <= later_start


def test_a_task_that_comes_twice_runs_a_deployment_once(
    shop: Environment, repository: Repository, cluster: str, tmp_path: Path
) -> None:
    """B33: a task is only a nudge; whoever comes second does nothing."""
    repository.commit({".amezmo/after.pull": 'echo x >> "$STORAGE_DIRECTORY/runs"'})
    with running_worker(cluster, tmp_path):
        deployment = operations.deploy(shop, trigger=MANUAL)
        for _ in range(10):
            queue.nudge(shop.pk, cluster)
        wait_for(lambda: ended(deployment))
    assert (shop.layout.storage / "runs").read_text() == "x\n"


def test_a_rolled_back_request_queues_nothing(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B33: the row and its nudge are one transaction."""
    with running_worker(cluster, tmp_path):
        with pytest.raises(RuntimeError), transaction.atomic():
            operations.deploy(shop, trigger=MANUAL)
            raise RuntimeError
        after = operations.deploy(shop, trigger=MANUAL)
        wait_for(lambda: ended(after))
    assert Operation.objects.count() == 1


def test_another_clusters_queue_is_left_alone(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B33: named queues; what waits for another host's workers stays pending."""
    with running_worker(f"{cluster}-other", tmp_path):
        deployment = operations.deploy(shop, trigger=MANUAL)
        queue.nudge(shop.pk, cluster)
        wait_for(lambda: WorkerHeartbeat.objects.filter(cluster=f"{cluster}-other").exists())
        assert not ended(deployment)
        with running_worker(cluster, tmp_path):
            wait_for(lambda: ended(deployment), what="its own cluster")


def test_a_frozen_cluster_is_replaced(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B34: an idle worker process killed by the kernel freezes django-q's queue; a probe notices."""
    with running_worker(cluster, tmp_path) as worker:
        before = worker.cluster_processes()
        time.sleep(2)  # both have to wait at the queue, and nothing shows that they do
        # The main process, its sentinel, then two workers: one of these holds the queue's lock.
        for pid in before[2:4]:
            os.kill(pid, signal.SIGKILL)
        deployment = operations.deploy(shop, trigger=MANUAL)
        wait_for(lambda: ended(deployment), 60, "the watchdog")
        assert deployment.status == "succeeded"
        wait_for(lambda: all(gone(pid) for pid in before), 30, "the frozen cluster's end")
    assert "another one takes over" in worker.printed


def test_the_clusters_main_process_may_die(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B34: its children end with it, and a new cluster serves the queue."""
    with running_worker(cluster, tmp_path) as worker:
        before = worker.cluster_processes()
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda: all(gone(pid) for pid in before), 30, "its processes")
        deployment = operations.deploy(shop, trigger=MANUAL)
        wait_for(lambda: ended(deployment), 30)
    assert deployment.status == "succeeded"


def test_a_worker_killed_in_a_hook_leaves_nothing_running(
    shop: Environment, repository: Repository, cluster: str, tmp_path: Path
) -> None:
    """B34, B36: the hook's processes end, the operation fails on the next worker's word."""
    repository.commit(
        {".amezmo/after.pull": 'echo $$ > "$STORAGE_DIRECTORY/pid"; setsid sleep 600 & sleep 600'}
    )
    with running_worker(cluster, tmp_path) as worker:
        deployment = operations.deploy(shop, trigger=MANUAL)
        pid_file = shop.layout.storage / "pid"
        wait_for(lambda: pid_file.exists() and pid_file.read_text().strip(), what="the hook")
        below = worker.descendants()
        worker.stop(signal.SIGKILL)
    wait_for(lambda: all(gone(pid) for pid in below), 30, "the end of every process")
    assert not ended(deployment)
    later = operations.deploy(shop, trigger=MANUAL)
    repository.commit({".amezmo/after.pull": "true"})
    with running_worker(cluster, tmp_path):
        wait_for(lambda: ended(deployment) and ended(later), 60, "recovery")
    assert deployment.status == "failed"
    assert "worker died" in deployment.message
    assert later.status == "succeeded"
    assert live(later) == later.directory


def test_a_crash_after_the_switch_is_a_success(
    shop: Environment, repository: Repository, cluster: str, tmp_path: Path
) -> None:
    """B36: `current` points to its directory, so it succeeded, noted as recovered."""
    repository.commit({".amezmo/after.deploy": "sleep 600"})
    with running_worker(cluster, tmp_path) as worker:
        deployment = operations.deploy(shop, trigger=MANUAL)
        wait_for(lambda: begun(deployment, "after.deploy"))
        worker.stop(signal.SIGKILL)
    with running_worker(cluster, tmp_path):
        wait_for(lambda: ended(deployment), 60, "recovery")
    assert deployment.status == "succeeded"
    assert deployment.message.startswith("Recovered")
    assert live(deployment) == deployment.directory


def test_a_graceful_stop_finishes_what_runs(
    shop: Environment, repository: Repository, cluster: str, tmp_path: Path
) -> None:
    """B34: SIGTERM to the whole process group, as process managers send it, loses nothing."""
    repository.commit({".amezmo/after.pull": "sleep 1.5; echo done"})
    with running_worker(cluster, tmp_path) as worker:
        deployment = operations.deploy(shop, trigger=MANUAL)
        wait_for(lambda: begun(deployment, "after.pull"))
        assert worker.stop() == 0
    assert ended(deployment)
    assert deployment.status == "succeeded"
    assert log_of(deployment, "after.pull") == "done\n"
    assert not WorkerHeartbeat.objects.filter(cluster=cluster).exists()


def test_a_second_worker_of_the_same_queue_is_refused(
    shop: Environment, cluster: str, tmp_path: Path
) -> None:
    """B33: one lock per host and queue; the refusal says who holds it and what to do."""
    with running_worker(cluster, tmp_path):
        second = subprocess.run(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT, env=environment(cluster), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert second.returncode == 1
    assert f"serves the queue “{cluster}” on this host already" in second.stderr


def test_a_forgotten_operation_is_found(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B34: a nudge that a broker lost is sent again by the worker's own sweep."""
    with transaction.atomic():
        deployment = operations.deploy(shop, trigger=MANUAL)
        transaction.get_connection().run_on_commit.clear()
    with running_worker(cluster, tmp_path):
        wait_for(lambda: ended(deployment), 30, "the sweep")
    assert deployment.status == "succeeded"


def test_a_worker_without_its_database_says_so(shop: Environment, cluster: str, tmp_path: Path) -> None:
    """B34: it ends with the database's own reason, and nothing of it is left."""
    away = {**environment(cluster), "DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere' / 'database'}"}
    ended_at_once = subprocess.run(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT, env={**away, "REDIS_URL": ""}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended_at_once.returncode == 1
    assert "unable to open database file" in ended_at_once.stderr
    assert "AttributeError" not in ended_at_once.stderr
