"""manage.py as a process of its own, as its users start it: a fresh installation in a directory."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from amezmo import private_files
from tests.support.repository import Repository
from tests.webroot.unprivileged import needs_root

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(tmp_path: Path) -> Manage:
    """Run manage.py with data, database and webroots below the test's own directory."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AMEZMO_", "DJANGO_", "REDIS"))
    }
    environment = {
        **inherited,
        "AMEZMO_DATA_DIR": str(tmp_path / "installation"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'installation.sqlite3'}",
        "AMEZMO_WEBROOTS": str(tmp_path / "www"),
        "NO_COLOR": "1",
    }

    def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
            env={**environment, **more},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            umask=0o022,
        )

    return run


def test_from_nothing_to_a_live_site_and_back_to_a_failure(
    manage: Manage, repository: Repository, tmp_path: Path
) -> None:
    """B6, B9: from any directory, with exit status 0, 1 and 2, and a failure that changes nothing."""
    assert manage("migrate", "--verbosity=0").returncode == 0
    made = manage("create_environment", "shop/production", "--repository", repository.address)
    assert made.returncode == 0, made.stderr
    deployed = manage("deploy", "shop/production", "--here")
    assert deployed.returncode == 0, deployed.stderr
    assert deployed.stdout.splitlines()[-1].startswith("Live after ")
    page = tmp_path / "www" / "shop" / "current" / "index.html"
    assert page.read_text() == "<h1>One</h1>\n"

    repository.commit({"index.html": "two", ".amezmo/before.deploy": "exit 4"})
    failed = manage("deploy", "shop/production", "--here")
    assert failed.returncode == 1
    assert "Failed in before.deploy, exit 4" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert page.read_text() == "<h1>One</h1>\n"

    queued = manage("deploy", "shop/production", "--no-wait")
    assert (queued.returncode, queued.stdout) == (0, "Deployment #3 of shop/production is queued.\n")
    for wrong in (["shop/nowhere"], ["shop/production", "--branch=-x"], ["shop/production", "--colour"], []):
        refused = manage("deploy", *wrong)
        assert refused.returncode == 2, refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("migrated", [False, True])
def test_the_doctor_looks_at_a_fresh_installation(manage: Manage, migrated: bool) -> None:
    """Exit status 1 and the fix for each thing: also where there are no tables yet."""
    if migrated:
        assert manage("migrate", "--verbosity=0").returncode == 0
    looked = manage("doctor")
    assert looked.returncode == 1
    assert ("Run manage.py migrate." in looked.stdout) != migrated
    assert (
        "✗ no worker serves the queue “default”, and 0 operations wait in it" in looked.stdout
    ) == migrated
    assert "✓ the settings make sense" in looked.stdout
    assert "1 thing to mend." in looked.stderr
    assert "Traceback" not in looked.stderr


def test_the_doctor_speaks_where_nothing_else_starts(manage: Manage, tmp_path: Path) -> None:
    """A database that is away, and settings that make no sense."""
    away = f"sqlite:///{tmp_path / 'nowhere' / 'database'}"
    looked = manage("doctor", DATABASE_URL=away, AMEZMO_GIT_PROTOCOLS="https,ext")
    assert looked.returncode == 1
    assert "✗ the database does not answer" in looked.stdout
    assert "✗ AMEZMO_GIT_PROTOCOLS names what is no protocol: ext." in looked.stdout
    assert "Traceback" not in looked.stderr


def test_nothing_else_starts_with_settings_that_make_no_sense(manage: Manage) -> None:
    refused = manage("deploy", "shop/production", AMEZMO_GIT_PROTOCOLS="https,ext")
    assert refused.returncode == 1
    assert "amezmo.E001" in refused.stderr


def test_the_key_that_signs_is_the_installations_own(manage: Manage, tmp_path: Path) -> None:
    """Made once, read by nobody else, and not made anew by the next process."""
    manage("check")
    key = tmp_path / "installation" / "secret-key"
    assert key.stat().st_mode & 0o777 == 0o600
    first = key.read_text()
    manage("check")
    assert key.read_text() == first
    assert len(first) > 50


MODES = """
from django.db import connection
import os
connection.ensure_connection()
name = str(connection.settings_dict["NAME"])
print(*sorted({oct(os.stat(name + end).st_mode & 0o777) for end in ("", "-wal", "-shm")}))
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("default", [True, False])
def test_the_database_is_private_from_its_first_byte_on(
    manage: Manage, tmp_path: Path, default: bool
) -> None:
    """It holds sessions and everything that hooks print; the two files that SQLite puts beside it, too."""
    where = tmp_path / ("installation/amezmo.sqlite3" if default else "installation.sqlite3")
    more = {"DATABASE_URL": f"sqlite:///{where}"}
    assert manage("migrate", "--verbosity=0", **more).returncode == 0
    assert mode(where) == 0o600
    assert manage("shell", "--verbosity=0", "-c", MODES, **more).stdout.split() == ["0o600"]
    assert mode(tmp_path / "installation" / "run") == 0o700


def test_what_others_could_read_is_theirs_no_longer(manage: Manage, tmp_path: Path) -> None:
    """An installation that an earlier version made, or a careless copy; what is narrower stays so."""
    assert manage("migrate", "--verbosity=0").returncode == 0
    database, data = tmp_path / "installation.sqlite3", tmp_path / "installation"
    wide = [database, data / "run", data / "secret-key", tmp_path / "installation.sqlite3-wal"]
    for path in wide:
        path.touch()
        path.chmod(0o777)
    assert manage("shell", "--verbosity=0", "-c", MODES).stdout.split() == ["0o600"]
    assert [mode(path) for path in wide[:3]] == [0o600, 0o700, 0o600]
    database.chmod(0o400)
    manage("check")
    assert mode(database) == 0o400


@needs_root
def test_what_belongs_to_somebody_else_is_left_as_it_is(manage: Manage, tmp_path: Path) -> None:
    """Root looks at an installation that another user runs: that it stays that user's is not for root to end."""
    assert manage("migrate", "--verbosity=0").returncode == 0
    database, run = tmp_path / "installation.sqlite3", tmp_path / "installation" / "run"
    for path in (database, run):
        path.chmod(0o775)
        os.chown(path, 65_534, 65_534)
    assert manage("check").returncode == 0
    assert [mode(path) for path in (database, run)] == [0o775, 0o775]


def test_where_nothing_can_be_made_nothing_fails(tmp_path: Path) -> None:
    """Whoever opens it says what is wrong; no file appears for a database that is none."""
    private_files.make_file(tmp_path / "nowhere" / "database")
    private_files.make_directory(tmp_path / "nowhere" / "run")
    for name in (":memory:", "file:shared?mode=memory"):
        private_files.make_database(name)
    (tmp_path / "link").symlink_to("nowhere")
    private_files.make_file(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["link"]
