"""The demo application, which is a newcomer's first deployment: it has to go well."""

from pathlib import Path

import pytest
from pytest_django import Settings

from deployments import demo
from deployments.models import Environment, Instance
from deployments.pipeline.run import run_next
from tests.support.reading import log_of, steps


@pytest.fixture(autouse=True)
def webroots(settings: Settings, tmp_path: Path) -> Path:
    settings.AMEZMO_WEBROOTS = str(tmp_path / "www")
    return tmp_path / "www"


def test_the_demo_is_really_deployed(db: None, webroots: Path) -> None:
    """B12: with hooks that print something worth reading, and a page that names its release."""
    deployment = demo.begin()
    assert deployment is not None
    assert run_next(deployment.environment_id)
    deployment.refresh_from_db()
    assert deployment.status == "succeeded", deployment.message
    assert [name for name in steps(deployment) if "." in name] == [
        "after.pull",
        "before.deploy",
        "after.deploy",
    ]
    assert "1 page built" in log_of(deployment, "after.pull")
    page = (webroots / "demo" / "current" / "public" / "index.html").read_text()
    assert f"This page is release {deployment.release_id} of production." in page


def test_the_demo_begins_once(db: None) -> None:
    """And never where somebody has begun by himself."""
    assert demo.begin() is not None
    assert demo.begin() is None
    assert Environment.objects.count() == 1


def test_an_installation_with_its_own_applications_gets_no_demo(production: Environment) -> None:
    assert demo.begin() is None
    assert Instance.objects.count() == 1


def test_an_installation_that_takes_no_paths_gets_no_demo(db: None, settings: Settings) -> None:
    settings.AMEZMO_GIT_PROTOCOLS = ("https", "ssh")
    assert demo.begin() is None
    assert not Instance.objects.exists()
