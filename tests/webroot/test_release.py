"""The making and unmaking of release directories."""

import os
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.identity import Account, acting_as
from deployments.webroot.layout import Layout
from deployments.webroot.permissions import Owner
from deployments.webroot.release import complete_draft, prepare_directories, prepare_webroot, start_draft
from tests.webroot.modes import mode
from tests.webroot.preparing import prepare
from tests.webroot.unprivileged import as_ordinary_user, needs_root, nobody

COMMIT = "a" * 40


def test_an_environments_directories_are_made(tmp_path: Path) -> None:
    """B3: all of them, 2775, and no link yet."""
    layout = Layout.of(tmp_path / "not" / "there" / "yet", "staging")

    prepare(layout)

    assert {oct(mode(directory)) for directory in layout.directories} == {oct(0o2775)}
    assert not os.path.lexists(layout.current)


def test_their_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "shop")
    before = os.umask(0o077)
    try:
        prepare(layout)
    finally:
        os.umask(before)

    assert {oct(mode(directory)) for directory in layout.directories} == {oct(0o2775)}


def test_directories_that_are_there_are_left_as_they_are(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "shop")
    layout.storage.mkdir(parents=True)
    (layout.storage / "upload.jpg").write_text("precious")
    layout.storage.chmod(0o711)

    prepare(layout)
    prepare(layout)

    assert mode(layout.storage) == 0o711
    assert (layout.storage / "upload.jpg").read_text() == "precious"


def test_a_shared_directory_may_lie_on_another_disk(tmp_path: Path) -> None:
    """A link to a directory is a directory."""
    layout = Layout(tmp_path / "shop")
    (tmp_path / "disk").mkdir(mode=0o700)
    layout.root.mkdir()
    layout.storage.symlink_to(tmp_path / "disk")

    prepare(layout)

    assert layout.storage.is_symlink()
    assert mode(tmp_path / "disk") == 0o700
    assert (tmp_path / "disk" / "public").is_dir()


@needs_root
def test_they_belong_to_the_owner(open_directory: Path) -> None:
    layout = Layout(open_directory / "shop")
    account = nobody()

    prepare_webroot(layout.root, Owner("nobody", account.pw_uid, account.pw_gid))
    with acting_as(Account("nobody", "/", account.pw_uid, account.pw_gid, (account.pw_gid,))):
        prepare_directories(layout)

    owners = {(found.stat().st_uid, found.stat().st_gid) for found in layout.directories}
    assert owners == {(account.pw_uid, account.pw_gid)}


@pytest.mark.parametrize("place", ["", "release", "storage", "storage/public", "logs", "vendor"])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_a_file_in_the_way_is_named_and_kept(tmp_path: Path, place: str, kind: str) -> None:
    """B9: it fails before anything else is done, and the message says what to move."""
    layout = Layout(tmp_path / "shop")
    obstacle = layout.root / place
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    if kind == "file":
        obstacle.write_text("precious")
    else:
        obstacle.symlink_to("nowhere")

    with pytest.raises(Failure, match=f"{obstacle}.* a file stands in its way"):
        prepare(layout)

    assert os.path.lexists(obstacle)
    assert not obstacle.is_dir()


def test_a_webroot_that_cannot_be_made_is_a_sentence(open_directory: Path) -> None:
    """B7: the message holds the command that mends it."""
    open_directory.chmod(0o755)
    layout = Layout(open_directory / "shop")
    if os.geteuid():
        open_directory.chmod(0o555)

    with pytest.raises(
        Failure, match=r"shop can't be written by nobody \(Permission denied\).*sudo install -d"
    ):
        as_ordinary_user(lambda: prepare(layout))


@pytest.mark.parametrize("closed", ["", "release"])
def test_a_webroot_that_cannot_be_written_is_a_sentence(open_directory: Path, closed: str) -> None:
    """B7: even where every directory is there already."""
    layout = Layout(open_directory / "shop")
    prepare(layout)
    for directory in layout.directories:
        directory.chmod(0o777)
    (layout.root / closed).chmod(0o555)

    with pytest.raises(Failure, match=r"can't be written by nobody \(Permission denied\)"):
        as_ordinary_user(lambda: prepare(layout))


def test_a_draft_is_new_and_empty(layout: Layout) -> None:
    """B6: it grows beside the release's place, which stays free."""
    release = layout.release(1, COMMIT)

    draft = start_draft(layout, release)

    assert list(draft.iterdir()) == []
    assert mode(draft) == 0o2775
    assert not release.exists()


def test_an_older_draft_is_removed(layout: Layout) -> None:
    release = layout.release(1, COMMIT)
    older = start_draft(layout, release)
    (older / "half").mkdir()
    (older / "half" / "file").write_text("of a crash")

    assert list(start_draft(layout, release).iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_stands_in_a_drafts_place_is_removed_and_not_followed(
    layout: Layout, tmp_path: Path, kind: str
) -> None:
    release = layout.release(1, COMMIT)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("precious")
    if kind == "file":
        layout.draft(release).write_text("")
    else:
        layout.draft(release).symlink_to(outside)

    assert start_draft(layout, release).is_dir()
    assert (outside / "file").read_text() == "precious"


def test_a_draft_that_cannot_be_made_is_a_sentence(open_directory: Path) -> None:
    layout = Layout(open_directory / "shop")
    prepare(layout)
    layout.releases.chmod(0o555)

    with pytest.raises(Failure, match=r"partial can't be written by nobody \(Permission denied\)"):
        as_ordinary_user(lambda: start_draft(layout, layout.release(1, COMMIT)))


def test_a_complete_draft_becomes_the_release(layout: Layout) -> None:
    """B1: by one rename, so that a release's name never stands for half a tree."""
    release = layout.release(1, COMMIT)
    draft = start_draft(layout, release)
    (draft / "index.html").write_text("one")
    inode = draft.stat().st_ino

    complete_draft(draft, release)

    assert (release.stat().st_ino, draft.exists()) == (inode, False)
    assert (release / "index.html").read_text() == "one"


@pytest.mark.parametrize("kind", ["directory", "empty directory", "file", "link"])
def test_a_draft_never_takes_the_place_of_another_release(layout: Layout, kind: str) -> None:
    """B1: a number is never reused, so what has its name is somebody else's."""
    release = layout.release(1, COMMIT)
    draft = start_draft(layout, release)
    if kind == "file":
        release.write_text("precious")
    elif kind == "link":
        release.symlink_to(layout.storage)
    else:
        release.mkdir()
    if kind == "directory":
        (release / "index.html").write_text("precious")
    before = release.lstat().st_ino

    with pytest.raises(Failure, match="exists already"):
        complete_draft(draft, release)

    assert release.lstat().st_ino == before
    assert draft.is_dir()
