"""Who owns a release, and what happens where that can't be done (B5)."""

from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.webroot import permissions
from deployments.webroot.permissions import Owner
from tests.webroot.modes import entries, mode
from tests.webroot.unprivileged import as_ordinary_user, needs_root, nobody

UNCHANGED = Owner()


def test_without_an_owner_nothing_changes_hands(release: Path) -> None:
    """B5: unset on the embedded default."""
    before = {entry: (entry.stat().st_uid, entry.stat().st_gid) for entry in entries(release)}

    permissions.apply(release, Owner.named("", ""))

    assert {entry: (entry.stat().st_uid, entry.stat().st_gid) for entry in entries(release)} == before


@needs_root
def test_everything_gets_the_configured_owner(release: Path, tmp_path: Path) -> None:
    """B5: directories, files, and links themselves, but not what these lead to."""
    account = nobody()
    outside = tmp_path / "outside"
    outside.write_text("")
    (release / "link").symlink_to(outside)

    report = permissions.apply(release, Owner("nobody", account.pw_uid, account.pw_gid))

    for entry in entries(release):
        assert (entry.lstat().st_uid, entry.lstat().st_gid) == (account.pw_uid, account.pw_gid), entry
    assert outside.stat().st_uid == 0
    assert report.mended == 4 + 9 + 1


@needs_root
def test_the_modes_are_right_after_the_owner_changed(release: Path) -> None:
    """B5: chown(2) clears set-id bits, so that 2775 has to be set after it."""
    account = nobody()
    permissions.apply(release, UNCHANGED, keep_executable=True)

    permissions.apply(release, Owner("nobody", account.pw_uid, account.pw_gid), keep_executable=True)

    assert {oct(mode(entry)) for entry in entries(release) if entry.is_dir()} == {oct(0o2775)}
    assert oct(mode(release / "artisan")) == oct(0o775)


def test_an_owner_that_cannot_be_applied_is_a_failure(open_directory: Path) -> None:
    """B5: the deployment fails before the switch, and the message says what to do."""
    (open_directory / "index.php").write_text("")
    (open_directory / "index.php").chmod(0o644)

    def apply() -> None:
        release = open_directory / "release"
        release.mkdir()
        permissions.apply(release, Owner("root:root", 0, 0))

    with pytest.raises(Failure, match=r"could not be given to root:root .*Run the\s+worker as root"):
        as_ordinary_user(apply)


@needs_root
def test_a_file_of_another_user_is_a_failure(open_directory: Path) -> None:
    """B5: a mode that can't be set fails the deployment too, and the file is named."""
    (open_directory / "index.php").write_text("")
    (open_directory / "index.php").chmod(0o644)

    with pytest.raises(Failure, match="belongs to another user than the worker's"):
        as_ordinary_user(lambda: permissions.apply(open_directory, UNCHANGED))


def test_a_directory_that_cannot_be_read_is_mended(open_directory: Path) -> None:
    """B5: some tools leave such directories; their owner may always mend them."""

    def sweep() -> list[int]:
        release = open_directory / "release"
        (release / "closed" / "deeper").mkdir(parents=True)
        (release / "closed" / "deeper" / "file").write_text("")
        (release / "closed" / "deeper").chmod(0o000)
        (release / "closed").chmod(0o000)
        permissions.apply(release, UNCHANGED)
        return [mode(entry) for entry in entries(release)]

    assert as_ordinary_user(sweep) == [0o2775, 0o2775, 0o2775, 0o664]


@pytest.mark.parametrize(
    ("user", "group", "missing"),
    [
        ("no-such-user", "", "no user “no-such-user”"),
        ("", "no-such-group", "no group “no-such-group”"),
        ("no-such-user", "no-such-group", "no user “no-such-user”"),
        ("0", "", "no user “0”"),
        ("-1", "", "no user “-1”"),
        ("", "root;id", "no group “root;id”"),
    ],
)
def test_an_owner_that_this_host_does_not_know_is_a_failure(user: str, group: str, missing: str) -> None:
    """B5: the message says which name, and what to do."""
    with pytest.raises(Failure, match=f"This host has {missing}.*(Create it|change)"):
        Owner.named(user, group)


def test_an_owner_is_looked_up_by_name() -> None:
    account = nobody()

    assert Owner.named("nobody", "") == Owner("nobody", account.pw_uid, -1)
    assert Owner.named("", "") == Owner("", -1, -1)
