"""The act that the product exists for: `current` moves to another release by one rename (B6)."""

import contextlib
import ctypes
import os
from pathlib import Path

from deployments.errors import Failure
from deployments.webroot.layout import RELEASE_NAME, Layout


def current_release(layout: Layout) -> Path | None:
    """Return the directory `current` points to (it may be gone), or None if there is no link yet.

    Raises `Failure` where something other than a link stands in its place, or where
    the link points outside this environment's releases: neither is ours to move.
    """
    try:
        written = os.readlink(layout.current)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise Failure(f"{layout.root} is not a directory. Choose another webroot, or move it away.") from None
    except OSError:
        raise Failure(
            f"{layout.current} is not a symbolic link, so it can't be switched. Move it "
            f"away (mv {layout.current} {layout.current}.old) and deploy again."
        ) from None
    target = Path(os.path.normpath(layout.root / written))
    if target.parent != layout.releases:
        raise Failure(
            f"{layout.current} points to {written}, which is no release of this environment, so it "
            f"is not switched. Remove the link (rm {layout.current}) and deploy again."
        )
    return target


def live_release(layout: Layout) -> Path | None:
    """Return the current release if its directory is there, else None."""
    target = current_release(layout)
    return target if target is not None and target.is_dir() else None


def switch(layout: Layout, release: Path) -> None:
    """Point `current` at `release`, by one rename(2) over the old link (B6).

    `release` must be a directory of this environment's `release/` that bears a
    release's name; anything else is a fault of the program and raises ValueError. What
    the release holds is on the disk before the link is, and the link before this returns:
    a power cut finds either the old release or the whole new one.
    """
    if release.parent != layout.releases or not RELEASE_NAME.fullmatch(release.name):
        raise ValueError(f"{release} is no release of {layout.root}")
    if release.is_symlink() or not release.is_dir():
        raise Failure(f"{release} is not there, so `current` was not switched to it.")
    current_release(layout)
    new_link = layout.root / f".current.{os.getpid()}"
    try:
        _sync_file_system(release)
        new_link.unlink(missing_ok=True)
        os.symlink(release, new_link)
        os.replace(new_link, layout.current)
    except OSError as error:
        with contextlib.suppress(OSError):
            new_link.unlink(missing_ok=True)
        raise Failure(
            f"{layout.current} could not be switched: {error.strerror}. It still points "
            "to the release it pointed to before."
        ) from error
    _sync_directory(layout.root)


def discard_leftovers(layout: Layout) -> None:
    """Remove what a worker that died in the middle of a switch left: a link of another name."""
    for link in layout.root.glob(".current.*"):
        if link.is_symlink():
            link.unlink(missing_ok=True)


def _sync_file_system(path: Path) -> None:
    """syncfs(2): one call for a tree of any size, where fsync would take one for each file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # The switch has happened: a file system that can't sync a directory doesn't undo it.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
