"""Modes and owners of a release (B5): look at everything, mend what differs, follow no link."""

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from deployments.errors import Failure

DIRECTORY_MODE = 0o2775
FILE_MODE = 0o664
EXECUTABLE_MODE = 0o775


@dataclass(frozen=True)
class Owner:
    """A user and a group by name and number; -1 leaves what is there."""

    name: str = ""
    uid: int = -1
    gid: int = -1

    @classmethod
    def named(cls, user: str, group: str) -> "Owner":
        """Look both names up; an empty one means "leave it". Raises `Failure`."""
        try:
            uid = pwd.getpwnam(user).pw_uid if user else -1
        except KeyError:
            raise Failure(
                f"This host has no user “{user}” to own releases. Create it, or change "
                "the instance's owner in the admin."
            ) from None
        try:
            gid = grp.getgrnam(group).gr_gid if group else -1
        except KeyError:
            raise Failure(
                f"This host has no group “{group}” to own releases. Create it, or change "
                "the instance's group in the admin."
            ) from None
        return cls(f"{user}:{group}".strip(":"), uid, gid)


@dataclass
class Report:
    """What the sweep saw and did: counts of directory entries."""

    directories: int = 0
    files: int = 0
    links: int = 0
    mended: int = 0
    executables_lost: int = 0


def apply(release: Path, owner: Owner, *, keep_executable: bool = False) -> Report:
    """Give every directory 2775 and every file 0664, and everything its owner (B5).

    With `keep_executable` a file that its owner may execute gets 0775 instead.
    Raises `Failure` where the owner or a mode can't be set. Each entry is opened
    without following links, relative to its directory, so that a link put in its
    place meanwhile is never followed out of the release.
    """
    report = Report()
    try:
        for _path, directories, names, descriptor in os.fwalk(release, onerror=_raise):
            if not report.directories:
                _mend(report, "", descriptor, owner, keep_executable)
            # Directories before they are walked into, since a hook may leave one that can't be read.
            for name in (*directories, *names):
                _mend(report, name, descriptor, owner, keep_executable)
    except PermissionError as error:
        raise Failure(_owner_sentence(release, owner, error)) from error
    return report


def _mend(report: Report, name: str, parent: int, owner: Owner, keep_executable: bool) -> None:
    """Count one entry, and set what differs: of `name` in `parent`, or of `parent` itself."""
    seen = os.stat(name, dir_fd=parent, follow_symlinks=False) if name else os.fstat(parent)
    mended = False
    if owner.uid not in (-1, seen.st_uid) or owner.gid not in (-1, seen.st_gid):
        if name:
            os.chown(name, owner.uid, owner.gid, dir_fd=parent, follow_symlinks=False)
        else:
            os.fchown(parent, owner.uid, owner.gid)
        # chown(2) clears set-id bits, so the mode is looked at again below.
        seen = os.stat(name, dir_fd=parent, follow_symlinks=False) if name else os.fstat(parent)
        mended = True
    if stat.S_ISLNK(seen.st_mode):
        report.links += 1
    elif stat.S_ISDIR(seen.st_mode):
        report.directories += 1
        mended |= _set_mode(name, parent, seen, DIRECTORY_MODE)
    elif stat.S_ISREG(seen.st_mode):
        report.files += 1
        executable = bool(seen.st_mode & stat.S_IXUSR)
        report.executables_lost += executable and not keep_executable
        wanted = EXECUTABLE_MODE if executable and keep_executable else FILE_MODE
        mended |= _set_mode(name, parent, seen, wanted)
    report.mended += mended


def _set_mode(name: str, parent: int, seen: os.stat_result, mode: int) -> bool:
    if stat.S_IMODE(seen.st_mode) == mode:
        return False
    if not name:
        os.fchmod(parent, mode)
        return True
    # O_PATH opens even what may not be read, and /proc gives chmod(2) that very inode.
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
    try:
        opened = os.fstat(descriptor)
        if not stat.S_ISLNK(opened.st_mode):
            os.chmod(f"/proc/self/fd/{descriptor}", mode)
    finally:
        os.close(descriptor)
    return True


def _raise(error: OSError) -> None:
    raise error


def _owner_sentence(release: Path, owner: Owner, error: PermissionError) -> str:
    if owner.name:
        return (
            f"The release could not be given to {owner.name} ({error.strerror}). Run the "
            "worker as root, or clear the instance's owner and group in the admin."
        )
    return (
        f"The permissions of {error.filename or release} could not be set "
        f"({error.strerror}). It belongs to another user than the worker's."
    )
