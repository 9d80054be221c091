"""An installation of its own for each benchmark: database, worker, repository, all in a directory
that is removed afterwards."""

import os
import shutil
import statistics
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deployments.models import Environment
    from tests.support.repository import Repository
    from tests.support.worker import RunningWorker


def set_up() -> Path:
    """Point every setting at a new directory, and make the database there. Call it once, first."""
    directory = Path(tempfile.mkdtemp(prefix="amezmo-bench-"))
    os.environ["AMEZMO_DATA_DIR"] = str(directory / "data")
    os.environ["AMEZMO_LOG_LEVEL"] = "WARNING"
    os.environ["AMEZMO_CLUSTER"] = f"bench-{uuid.uuid4().hex[:8]}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amezmo.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return directory


def tear_down(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


@dataclass
class Stage:
    """What a benchmark plays on."""

    directory: Path
    repository: "Repository"
    environment: "Environment"

    @contextmanager
    def worker(self) -> Iterator["RunningWorker"]:
        from django.conf import settings

        from tests.support.worker import running_worker

        with running_worker(settings.AMEZMO_CLUSTER, self.directory, AMEZMO_FROZEN_SECONDS="30") as worker:
            yield worker


@contextmanager
def stage(directory: Path, name: str) -> Iterator[Stage]:
    """An environment `<name>/production` with a repository of one commit."""
    from deployments import operations
    from deployments.models import Environment, Instance
    from tests.support.repository import Repository

    place = directory / name
    repository = Repository(place / "repository")
    repository.commit({"index.html": "one"})
    environment = Environment(
        instance=Instance(name=name), name="production", repository=repository.address, branch="main"
    )
    operations.create_environment(environment, webroot=str(place / "webroot"))
    yield Stage(place, repository, environment)


def percentile(values: Sequence[float], per_cent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[per_cent - 1]


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
