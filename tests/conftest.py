"""Fixtures that every room's tests share: a repository, an environment, and the cast."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from deployments.models import Deployment, Environment, Instance, Operation
from deployments.source.refs import Wanted
from tests.support.cast import ada, dan, oscar, vera  # noqa: F401 - fixtures
from tests.support.repository import Repository

Deploy = Callable[..., Deployment]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file, even for SQLite: workers are processes of their own and must see the same data."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        database.setdefault("TEST", {})["NAME"] = str(
            tmp_path_factory.mktemp("database") / f"test-{worker}.sqlite3"
        )


@pytest.fixture(scope="session", autouse=True)
def no_session_is_left(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Workers that a test killed may be served by PostgreSQL for a moment longer than they live.

    Their database can't be dropped until then.
    """
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def data_directory(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Nothing that a test writes goes to the installation's own data."""
    path = tmp_path / "data"
    path.mkdir()
    settings.DATA_DIR = path
    yield path


@pytest.fixture(autouse=True)
def plain_static_files(data_directory: Path, settings: Settings) -> None:
    """Files by their own names, and none collected: pages need no `collectstatic` first."""
    settings.STATIC_ROOT = data_directory / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user may enter and write, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="amezmo-test-"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A real repository with one commit on `main`."""
    made = Repository(tmp_path / "repository")
    made.commit({"index.html": "<h1>One</h1>\n"}, message="The first page")
    return made


@pytest.fixture
def production(db: None, repository: Repository, tmp_path: Path) -> Environment:
    """shop/production, which deploys `main` of the repository."""
    instance = Instance.objects.create(name="shop", webroot=str(tmp_path / "webroot"))
    return Environment.objects.create(
        instance=instance, name="production", repository=repository.address, branch="main"
    )


@pytest.fixture
def deploy() -> Deploy:
    """Queue a deployment and run it here, as a worker would; returns it as it ended."""
    from deployments import operations
    from deployments.pipeline.run import run_next

    def deploy_here(environment: Environment, wanted: Wanted | None = None) -> Deployment:
        made = operations.deploy(environment, trigger=Operation.Trigger.MANUAL, wanted=wanted)
        while not made.final:
            assert run_next(environment.pk)
            made.refresh_from_db()
        return Deployment.objects.select_related("environment", "environment__instance").get(pk=made.pk)

    return deploy_here
