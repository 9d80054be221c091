"""The making and unmaking of release directories."""

import errno
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from deployments.errors import Failure
from deployments.webroot.layout import Layout
from deployments.webroot.permissions import DIRECTORY_MODE, Owner


def prepare_webroot(webroot: Path, owner: Owner) -> None:
    """Make a webroot that is not there yet, and give it to its owner: what lies above may be root's.

    Raises `Failure` where it can't be made, with the command that mends it.
    """
    if webroot.is_dir():
        return
    try:
        webroot.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(webroot, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.fchown(descriptor, owner.uid, owner.gid)
            os.fchmod(descriptor, DIRECTORY_MODE)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Failure(_sentence(webroot, error)) from error


def prepare_directories(layout: Layout) -> None:
    """Make what B3 lists and is not there yet, in a webroot that is: 2775, with its group.

    Directories that exist are left as they are. Raises `Failure` where one can't be
    made or written, with the command that mends it.
    """
    for directory in layout.directories:
        try:
            if not directory.is_dir():
                _make(directory, exist_ok=True)
        except OSError as error:
            raise Failure(_sentence(directory, error)) from error
    for directory in (layout.root, layout.releases):
        if not os.access(directory, os.W_OK | os.X_OK, effective_ids=True):
            raise Failure(_sentence(directory, PermissionError(13, "Permission denied")))


def _make(directory: Path, *, exist_ok: bool = False) -> None:
    """Make a directory of mode 2775, which it has at birth in a setgid one, with its group."""
    usual = os.umask(0o002)
    try:
        directory.mkdir(exist_ok=exist_ok)
    finally:
        os.umask(usual)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        # Only if it differs: whoever is not of its group loses the setgid bit by setting it.
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != DIRECTORY_MODE:
            os.fchmod(descriptor, DIRECTORY_MODE)
    finally:
        os.close(descriptor)


def _sentence(directory: Path, error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{directory} can't be made: a file stands in its way. Move the file away."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {directory} can't be written. Free some space and deploy again."
    return (
        f"{directory} can't be written by {_me()} ({error.strerror}). Make it writable: "
        f"sudo install -d -m 2775 -o {_me()} {directory}"
    )


def _me() -> str:
    """The user with whose rights this is done: the worker's, or the deploy user."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def start_draft(layout: Layout, release: Path) -> Path:
    """Return a new empty directory in which `release` can grow; an older draft is removed."""
    draft = layout.draft(release)
    try:
        discard(draft)
        _make(draft)
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
    except RecursionError:
        # Deeper than Python can go; rm can.
        subprocess.run(["rm", "-rf", "--", str(directory)], check=True, stdin=subprocess.DEVNULL)


def _open_up(directory: Path) -> None:
    """Make every directory one that can be emptied: some tools leave theirs read-only."""
    directory.chmod(0o700)
    for path, names, _files in os.walk(directory):
        for name in names:
            if not os.path.islink(found := os.path.join(path, name)):
                os.chmod(found, 0o700)
