"""`manage.py run`, which `make run` calls: everything on one machine, as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web import free_port
from tests.support.worker import ROOT, RunningWorker, wait_for

PASSWORD = "correct horse battery staple"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningWorker]:
    """A fresh installation that has been set up, and has greeted whoever started it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AMEZMO_", "DJANGO_", "REDIS"))
    }
    with (tmp_path / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run"],
            cwd=tmp_path,
            env={
                **inherited,
                "AMEZMO_DATA_DIR": str(tmp_path / "installation"),
                "DATABASE_URL": f"sqlite:///{tmp_path / 'installation.sqlite3'}",
                "AMEZMO_WEBROOTS": str(tmp_path / "www"),
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
                "PORT": str(free_port()),
            },
            stdout=printed,
            stderr=printed,
        )
    started = RunningWorker(process, tmp_path / "printed")
    try:
        wait_for(lambda: "Ctrl-C" in started.printed or process.poll() is not None, 90, "the greeting")
        assert process.poll() is None, started.printed
        yield started
    finally:
        process.terminate()
        process.wait(60)


def test_the_first_password_is_not_handed_down(running: RunningWorker) -> None:
    """It is read once, and shown; the web process, the worker and so its hooks never have it."""
    assert f"with the password   {PASSWORD}" in running.printed
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in running.descendants()]
    services = [each for each in environments if b"AMEZMO_DATA_DIR=" in each]
    assert len(services) >= 2
    assert not [each for each in environments if PASSWORD.encode() in each]
