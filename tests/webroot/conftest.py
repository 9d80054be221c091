"""Fixtures for an environment's file system."""

from pathlib import Path

import pytest

from deployments.webroot.layout import Layout
from tests.webroot.preparing import prepare

COMMITS = ("a" * 40, "b" * 40)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A production environment whose directories are made."""
    made = Layout.of(tmp_path / "shop", "production")
    prepare(made)
    return made


@pytest.fixture
def releases(layout: Layout) -> tuple[Path, Path]:
    """Two complete releases; each holds one file with its own number in it."""
    made = (layout.release(1, COMMITS[0]), layout.release(2, COMMITS[1]))
    for number, release in enumerate(made, start=1):
        release.mkdir()
        (release / "index.html").write_text(f"{number}\n")
    return made


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A tree of 4 directories and 9 files, with every mode that a hook or an umask may leave."""
    root = tmp_path / "deployment_1.aaaaaaaa"
    for name, bits in {"": 0o700, "public": 0o755, "public/css": 0o777, "empty": 0o4711}.items():
        (root / name).mkdir()
        (root / name).chmod(bits)
    for name, bits in {
        "index.php": 0o644,
        "public/app.css": 0o600,
        "public/css/secret": 0o000,
        "public/css/world": 0o666,
        "artisan": 0o755,
        "public/run": 0o700,
        "set-user-id": 0o4755,
        ".env": 0o400,
        "others only": 0o645,
    }.items():
        (root / name).write_text(name)
        (root / name).chmod(bits)
    return root
