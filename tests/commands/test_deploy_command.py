"""`manage.py deploy`: exit status 0 succeeded, 1 not, 2 bad input; and what it prints on the way."""

import re
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from deployments.models import Deployment, Environment, WorkerHeartbeat
from deployments.pipeline.run import run_next
from tests.commands.conftest import Run
from tests.support.history import an_operation
from tests.support.reading import live
from tests.support.repository import Repository

SHOP = "shop/production"


def test_here_it_is_run_in_this_process(production: Environment, repository: Repository, run: Run) -> None:
    """B12: without any worker; each step's name and log, then one sentence."""
    repository.commit({".amezmo/after.pull": "echo building; printf done"})
    ran = run("deploy", SHOP, "--here")
    assert (ran.status, ran.err) == (0, "")
    deployment = Deployment.objects.get()
    assert (deployment.status, deployment.trigger) == ("succeeded", "command")
    assert live(deployment) == deployment.directory
    assert "── after.pull (.amezmo/after.pull)\nbuilding\ndone\n── permissions\n" in ran.out
    assert re.fullmatch(r"Live after [\d.]+ m?s\.", ran.out.splitlines()[-1])


def test_a_deployment_that_fails_ends_with_1(
    production: Environment, repository: Repository, run: Run
) -> None:
    """B9: with what its hook printed, and the sentence that the page shows."""
    repository.commit({".amezmo/after.pull": "echo broken >&2; exit 7"})
    ran = run("deploy", SHOP, "--here")
    assert ran.status == 1
    assert "── after.pull (.amezmo/after.pull)\nbroken\n" in ran.out
    assert re.fullmatch(r"Failed in after\.pull, exit 7, after [\d.]+ m?s\. Nothing is live yet\.", ran.told)


def test_a_failure_without_an_exit_code_says_why(production: Environment, run: Run) -> None:
    """B7: a branch that does not exist."""
    ran = run("deploy", SHOP, "--branch", "gone", "--here")
    assert ran.status == 1
    sentence, why = ran.told.splitlines()
    assert sentence.startswith("Failed in fetch, after ")
    assert "gone" in why


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_something_else_than_the_branch_is_deployed(
    production: Environment, repository: Repository, run: Run, kind: str
) -> None:
    """B7"""
    commit = repository.commit({"index.html": "two"}, message="The second")
    repository.git("tag", "v2")
    repository.git("branch", "feature")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    name = {"branch": "feature", "tag": "v2", "commit": commit[:12]}[kind]
    assert run("deploy", SHOP, f"--{kind}", name, "--here").status == 0
    deployment = Deployment.objects.get()
    assert (deployment.wanted_kind, deployment.wanted_name, deployment.commit) == (kind, name, commit)


def test_without_waiting_it_is_only_queued(production: Environment, run: Run) -> None:
    """B34"""
    ran = run("deploy", SHOP, "--no-wait")
    assert (ran.status, ran.out) == (0, "Deployment #1 of shop/production is queued.\n")
    assert Deployment.objects.get().status == "pending"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["shop/nowhere"], "There is no environment “shop/nowhere”. There are: shop/production."),
        (["shop"], "There is no environment “shop”. There are: shop/production."),
        ([""], "There is no environment “”."),
        ([SHOP, "--branch=-x"], "A branch's name can't begin with “-”: git would take it for an option."),
        ([SHOP, "--branch="], "The branch's name is needed."),
        ([SHOP, "--tag=a b"], "“a b” can't be the name of a tag in git."),
        ([SHOP, "--commit=HEAD"], "“HEAD” is no commit: it takes 7 to 40 hexadecimal digits."),
    ],
)
@pytest.mark.parametrize("how", ["--here", "--no-wait"])
def test_bad_input_ends_with_2(
    production: Environment, run: Run, arguments: list[str], told: str, how: str
) -> None:
    """B7: one sentence, and nothing is queued."""
    ran = run("deploy", *arguments, how)
    assert ran.status == 2
    assert told in ran.told
    assert not Deployment.objects.exists()


def test_a_repository_that_is_not_accepted_ends_with_2(production: Environment, run: Run) -> None:
    Environment.objects.update(repository="ext::sh")
    ran = run("deploy", SHOP, "--here")
    assert ran.status == 2
    assert "are never accepted" in ran.told


def test_where_there_is_no_environment_yet_it_says_so(db: None, run: Run) -> None:
    assert run("deploy", SHOP).told == "There is no environment “shop/production”. There are: none yet."


def test_here_what_was_asked_for_before_runs_first(production: Environment, run: Run) -> None:
    """B33: in order; only its own log is printed."""
    before = an_operation(production, "pending")
    assert run("deploy", SHOP, "--here").status == 0
    before.refresh_from_db()
    own = Deployment.objects.get(sequence=2)
    assert before.status == own.status == "succeeded"
    assert before.finished_at is not None
    assert own.started_at is not None
    assert before.finished_at <= own.started_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("served", [True, False])
def test_it_follows_a_worker_to_the_end(
    production: Environment, repository: Repository, run: Run, served: bool
) -> None:
    """What is printed comes while it runs; and whoever waits for nobody is told."""
    repository.commit({".amezmo/after.pull": "echo one; sleep 0.6; echo two; exit 3"})
    if served:
        now = timezone.now()
        WorkerHeartbeat.objects.create(
            cluster="default", host="h", pid=1, version="1", workers=1, started_at=now, seen_at=now
        )
    worker = threading.Thread(target=work, args=(production.pk,))
    worker.start()
    ran = run("deploy", SHOP)
    worker.join(timeout=60)
    assert ran.status == 1
    assert "── after.pull (.amezmo/after.pull)\none\ntwo\n" in ran.out
    assert ran.out.count("── after.pull") == 1
    assert ran.told.startswith("Failed in after.pull, exit 3")
    assert ("No worker serves the queue “default”" in ran.err) != served


def work(environment_id: int) -> None:
    """What a worker does with a nudge: for a minute at most, until it has run one operation."""
    try:
        for _ in range(600):
            if run_next(environment_id):
                return
            time.sleep(0.1)
    finally:
        connection.close()
