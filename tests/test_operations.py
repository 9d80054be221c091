"""The verbs that a person or a machine may ask."""

import threading
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from deployments import operations
from deployments.errors import Failure
from deployments.models import Deployment, Environment, Instance, Operation
from deployments.source import refs
from tests.support.queue import nudges

MANUAL = Operation.Trigger.MANUAL


def test_a_deployment_keeps_what_was_asked_for(production: Environment, dan: User) -> None:
    """B1, B34: pending, numbered, and with the environment's address as it is now."""
    made = operations.deploy(production, trigger=MANUAL, requested_by=dan)
    stored = Deployment.objects.get()
    assert stored == made
    assert (stored.status, stored.sequence, stored.trigger) == ("pending", 1, "manual")
    assert (stored.wanted_kind, stored.wanted_name, stored.branch) == ("branch", "main", "main")
    assert stored.requested_by == dan
    asked = production.repository
    Environment.objects.update(repository="/srv/git/other.git", branch="other")
    assert Deployment.objects.get().repository == asked


@pytest.mark.parametrize(
    ("kind", "name", "branch"),
    [("branch", "feature", "feature"), ("tag", "v1", "main"), ("commit", "1a2b3c4d", "main")],
)
def test_something_else_than_the_branch_can_be_wanted(
    production: Environment, kind: refs.Kind, name: str, branch: str
) -> None:
    """B7: a tag and a commit leave the branch that hooks are told as it is."""
    made = operations.deploy(production, trigger=MANUAL, wanted=refs.wanted(kind, name))
    assert (made.wanted_kind, made.wanted_name, made.branch) == (kind, name, branch)


def test_its_cluster_is_nudged_once_it_is_there(
    production: Environment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """B33: only after the commit, so that no worker looks for a row that is not there yet."""
    cluster = f"host-{uuid.uuid4().hex[:12]}"
    Instance.objects.update(cluster=cluster)
    production.instance.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        operations.deploy(production, trigger=MANUAL)
        assert nudges(cluster) == []
    assert nudges(cluster) == [("deployments.tasks.run_next", (production.pk,))]


def test_a_refused_deployment_leaves_nothing(
    production: Environment,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """B7: a protocol that was forbidden meanwhile; no row, no number, no nudge."""
    cluster = f"host-{uuid.uuid4().hex[:12]}"
    Instance.objects.update(cluster=cluster)
    production.instance.refresh_from_db()
    settings.AMEZMO_GIT_PROTOCOLS = ("https",)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Failure, match="over file"):
        operations.deploy(production, trigger=MANUAL)
    assert not Deployment.objects.exists()
    production.refresh_from_db()
    assert production.last_sequence == 0
    assert nudges(cluster) == []


def test_numbers_are_never_reused(production: Environment) -> None:
    """B1: not even of deployments that are no longer there."""
    first, second = (operations.deploy(production, trigger=MANUAL) for _ in range(2))
    assert (first.sequence, second.sequence) == (1, 2)
    Operation.objects.all().delete()
    assert operations.deploy(production, trigger=MANUAL).sequence == 3


def test_each_environment_counts_for_itself(production: Environment) -> None:
    """B1: from 1."""
    staging = Environment.objects.create(
        instance=production.instance, name="staging", repository=production.repository
    )
    made = [operations.deploy(each, trigger=MANUAL).sequence for each in (production, staging, production)]
    assert made == [1, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_at_the_same_moment_gets_a_number_of_his_own(production: Environment) -> None:
    """B1: five times from each of three connections, all with the row as it was in the beginning."""
    start = threading.Barrier(3)

    def ask() -> None:
        try:
            start.wait(timeout=30)
            for _ in range(5):
                operations.deploy(production, trigger=MANUAL)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    numbers = Deployment.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(numbers) == list(range(1, 16))


def unsaved(name: str = "production", application: str = "blog", **fields: str) -> Environment:
    instance = operations.find_or_begin_instance(application)
    return Environment(**{"instance": instance, "name": name, "repository": "/srv/git/blog.git", **fields})


def test_an_environment_brings_its_application(db: None, settings: Settings, tmp_path: Path) -> None:
    """B2: at the webroot that was named, or below the installation's own."""
    settings.AMEZMO_WEBROOTS = str(tmp_path / "www")
    settings.AMEZMO_CLUSTER = "host-b"
    made = operations.create_environment(unsaved())
    assert Environment.objects.named("blog/production") == made
    assert made.layout.root == tmp_path / "www" / "blog"
    assert made.instance.cluster == "host-b"
    elsewhere = operations.create_environment(unsaved(application="wiki"), webroot=str(tmp_path / "wiki"))
    assert elsewhere.layout.root == tmp_path / "wiki"


def test_a_second_environment_joins_its_application(db: None, tmp_path: Path) -> None:
    """B2: at <webroot>/<name>; it can't live elsewhere, and needs no webroot."""
    webroot = str(tmp_path / "blog")
    operations.create_environment(unsaved(), webroot=webroot)
    staging = operations.create_environment(unsaved("staging"))
    again = operations.create_environment(unsaved("testing"), webroot=webroot)
    assert Instance.objects.get() == staging.instance == again.instance
    assert staging.layout.root == tmp_path / "blog" / "staging"
    with pytest.raises(Failure, match="can't live elsewhere"):
        operations.create_environment(unsaved("other"), webroot=str(tmp_path / "other"))
    assert Environment.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "webroot", "field"),
    [
        ({"name": "release"}, "/srv/blog", "name"),
        ({"repository": "ext::sh"}, "/srv/blog", "repository"),
        ({"branch": "-x"}, "/srv/blog", "branch"),
        ({}, "srv/blog", "webroot"),
        ({"application": "Blog"}, "/srv/blog", "name"),
    ],
)
def test_an_environment_that_cannot_be_leaves_no_application(
    db: None, fields: dict[str, str], webroot: str, field: str
) -> None:
    """One transaction: nothing half-made is left behind."""
    with pytest.raises(ValidationError) as caught:
        operations.create_environment(unsaved(**fields), webroot=webroot)
    assert set(caught.value.message_dict) == {field}
    assert not Instance.objects.exists()
    assert not Environment.objects.exists()


def test_a_change_saves_what_it_names_and_nothing_else(production: Environment) -> None:
    """A page that was open for long does not undo what happened meanwhile."""
    Environment.objects.update(last_sequence=9, app_domain="shop.example.org")
    production.branch, production.app_domain = "next", "stale"
    operations.change_environment(production, ["branch"])
    production.refresh_from_db()
    assert (production.branch, production.app_domain, production.last_sequence) == (
        "next", "shop.example.org", 9,
    )  # fmt: skip
