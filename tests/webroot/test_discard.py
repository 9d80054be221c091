"""Removing a directory that is no release, whatever a hook made of it."""

import os
from pathlib import Path

import pytest

from deployments.webroot.release import discard
from tests.webroot.unprivileged import as_ordinary_user


def test_a_whole_tree_goes(tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "file").write_text("")
    os.mkfifo(tmp_path / "tree" / "pipe")

    discard(tmp_path / "tree")

    assert list(tmp_path.glob("tree*")) == []


def test_what_is_not_there_is_fine(tmp_path: Path) -> None:
    discard(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("inside", [True, False])
def test_links_go_and_what_they_lead_to_stays(tmp_path: Path, inside: bool) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("precious")
    if inside:
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree" / "link").symlink_to(tmp_path / "outside")
    else:
        (tmp_path / "tree").symlink_to(tmp_path / "outside")

    discard(tmp_path / "tree")

    assert not os.path.lexists(tmp_path / "tree")
    assert (tmp_path / "outside" / "file").read_text() == "precious"


@pytest.mark.parametrize("closed", [0o555, 0o000])
def test_directories_that_were_left_closed_go_too(open_directory: Path, closed: int) -> None:
    """Some tools (Go's module cache) leave directories read-only, which stops an ordinary user."""
    outside = open_directory / "outside"
    outside.mkdir()
    outside.chmod(0o750)

    def make_and_discard() -> bool:
        tree = open_directory / "tree"
        (tree / "cache" / "module").mkdir(parents=True)
        (tree / "cache" / "module" / "file").write_text("")
        (tree / "cache" / "link").symlink_to(outside)
        for directory in (tree / "cache" / "module", tree / "cache", tree):
            directory.chmod(closed)
        discard(tree)
        return tree.exists()

    assert as_ordinary_user(make_and_discard) is False
    assert outside.stat().st_mode & 0o777 == 0o750
