"""Modes and owners of a release (B5)."""

import os
import stat
from pathlib import Path

import pytest

from deployments.webroot import permissions
from deployments.webroot.permissions import Owner
from tests.webroot.modes import entries, mode

UNCHANGED = Owner()


def test_every_directory_is_2775_and_every_file_0664(release: Path) -> None:
    """B5: whatever they were before."""
    permissions.apply(release, UNCHANGED)

    for entry in entries(release):
        assert oct(mode(entry)) == oct(0o2775 if entry.is_dir() else 0o664), entry


def test_the_report_counts_what_there_is(release: Path) -> None:
    """B5: the step's log says how many executables lost the bit."""
    (release / "link").symlink_to("index.php")
    (release / "linked directory").symlink_to("public")

    report = permissions.apply(release, UNCHANGED)

    assert (report.directories, report.files, report.links) == (4, 9, 2)
    assert report.executables_lost == 3
    assert report.mended == 4 + 9


def test_a_second_sweep_mends_nothing(release: Path) -> None:
    permissions.apply(release, UNCHANGED)
    changed_before = {entry: entry.lstat().st_ctime_ns for entry in entries(release)}

    report = permissions.apply(release, UNCHANGED)

    assert (report.directories, report.files, report.mended, report.executables_lost) == (4, 9, 0, 0)
    assert {entry: entry.lstat().st_ctime_ns for entry in entries(release)} == changed_before


def test_executables_are_kept_where_that_is_switched_on(release: Path) -> None:
    """B5: 0775 for what git says is executable; none is counted as lost."""
    report = permissions.apply(release, UNCHANGED, keep_executable=True)

    modes = {entry.name: oct(mode(entry)) for entry in entries(release) if entry.is_file()}
    executable = {"artisan", "run", "set-user-id"}
    assert modes == {name: oct(0o775 if name in executable else 0o664) for name in modes}
    assert report.executables_lost == 0


def test_a_file_never_keeps_a_set_id_or_sticky_bit(release: Path) -> None:
    """B5: exactly 0775, not 4775."""
    for keep in (True, False):
        (release / "set-user-id").chmod(0o7755)
        permissions.apply(release, UNCHANGED, keep_executable=keep)
        assert not (release / "set-user-id").stat().st_mode & 0o7000


def test_a_link_to_a_file_outside_is_not_followed(release: Path, tmp_path: Path) -> None:
    """B5: symbolic links are never followed."""
    outside = tmp_path / "outside"
    outside.write_text("precious")
    outside.chmod(0o600)
    (release / "public" / "link").symlink_to(outside)

    permissions.apply(release, UNCHANGED)

    assert mode(outside) == 0o600


def test_a_link_to_a_directory_outside_is_not_entered(release: Path, tmp_path: Path) -> None:
    """B5: neither the directory nor anything in it is touched, nor counted."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "file").write_text("precious")
    (outside / "file").chmod(0o600)
    (release / "link").symlink_to(outside, target_is_directory=True)

    report = permissions.apply(release, UNCHANGED)

    assert (mode(outside), mode(outside / "file")) == (0o700, 0o600)
    assert (report.files, report.links) == (9, 1)


@pytest.mark.parametrize("target", ["nowhere", "loop", "/", "..", "."])
def test_a_link_may_lead_anywhere(release: Path, target: str) -> None:
    """B5: to nowhere, to itself, to above: it stays as it is."""
    (release / "loop").symlink_to(target)

    report = permissions.apply(release, UNCHANGED)

    assert os.readlink(release / "loop") == target
    assert report.links == 1


def test_what_is_neither_file_nor_directory_is_left_alone(release: Path) -> None:
    """B5: a named pipe is not opened, which would wait for its other end for ever."""
    os.mkfifo(release / "pipe", 0o600)

    assert permissions.apply(release, UNCHANGED).files == 9
    assert mode(release / "pipe") == 0o600


@pytest.mark.parametrize("name", ["new\nline", "-rf", "spa ce", "ünïcode", "\udcff\udcfe", "x" * 255])
def test_a_name_may_be_anything(release: Path, name: str) -> None:
    (release / name).write_text("")
    (release / name).chmod(0o600)

    permissions.apply(release, UNCHANGED)

    assert mode(release / name) == 0o664


def test_what_is_made_later_inherits_the_group(release: Path) -> None:
    """B5: that is what the 2 of 2775 is for."""
    group = os.getgroups()[-1] if os.geteuid() else 12345
    os.chown(release, -1, group)
    permissions.apply(release, UNCHANGED)

    (release / "later").mkdir()

    assert (release / "later").stat().st_gid == group
    assert (release / "later").stat().st_mode & stat.S_ISGID
