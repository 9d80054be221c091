"""The making and unmaking of release directories."""

import errno
import os
import shutil
from pathlib import Path

from deployments.errors import Failure
from deployments.webroot.layout import Layout
from deployments.webroot.permissions import DIRECTORY_MODE, Owner


def prepare_directories(layout: Layout, owner: Owner) -> None:
    """Make what B3 lists and is not there yet: 2775, so that children inherit the group.

    Directories that exist are left as they are. Raises `Failure` where one can't be
    made or written, with the command that mends it.
    """
    for directory in layout.directories:
        try:
            _prepare(directory, owner)
        except OSError as error:
            raise Failure(_sentence(directory, error)) from error
    for directory in (layout.root, layout.releases):
        if not os.access(directory, os.W_OK | os.X_OK):
            raise Failure(_sentence(directory, PermissionError(13, "Permission denied")))


def _prepare(directory: Path, owner: Owner) -> None:
    if directory.is_dir():
        return
    directory.mkdir(parents=True, exist_ok=True)
    _give(directory, owner)


def _give(directory: Path, owner: Owner) -> None:
    """Set a new directory's owner and mode, and never those of a link put in its place."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, owner.uid, owner.gid)
        os.fchmod(descriptor, DIRECTORY_MODE)
    finally:
        os.close(descriptor)


def _sentence(directory: Path, error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{directory} can't be made: a file stands in its way. Move the file away."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {directory} can't be written. Free some space and deploy again."
    return (
        f"{directory} can't be written ({error.strerror}). Make it writable for the "
        f"worker's user: sudo install -d -m 2775 -o {os.geteuid()} {directory}"
    )


def start_draft(layout: Layout, release: Path, owner: Owner) -> Path:
    """Return a new empty directory in which `release` can grow; an older draft is removed."""
    draft = layout.draft(release)
    try:
        discard(draft)
        draft.mkdir()
        _give(draft, owner)
    except OSError as error:
        raise Failure(_sentence(draft, error)) from error
    return draft


def complete_draft(draft: Path, release: Path) -> None:
    """Give a complete tree its release's name: from here on it may be run and switched to."""
    if release.exists():
        raise Failure(
            f"{release} exists already, though its number was never used. Something else "
            "writes here: move it away and deploy again."
        )
    draft.rename(release)


def discard(directory: Path) -> None:
    """Remove a directory that is no release, whatever a hook made of it; missing is fine."""
    if directory.is_symlink() or directory.is_file():
        directory.unlink()
        return
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except PermissionError:
        _open_up(directory)
        shutil.rmtree(directory)


def _open_up(directory: Path) -> None:
    """Make every directory one that can be emptied: some tools leave theirs read-only."""
    directory.chmod(0o700)
    for path, names, _files in os.walk(directory):
        for name in names:
            if not os.path.islink(found := os.path.join(path, name)):
                os.chmod(found, 0o700)
