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


def apply(release: Path, owner: Owner, *, keep_executable: bool = False, maker: int | None = None) -> Report:
    """Give every directory 2775 and every file 0664, and everything its owner (B5).

    With `keep_executable` a file that its owner may execute gets 0775 instead. `maker` is the
    user id of whoever made the tree (by default this process's). Raises `Failure` where the
    owner or a mode can't be set. What is changed is pinned by a descriptor first, so that a
    link or another file put in its place meanwhile is never what changes.
    """
    sweep = _Sweep(owner, keep_executable, os.geteuid() if maker is None else maker)
    try:
        for _path, directories, names, descriptor in os.fwalk(release, onerror=_raise):
            if not sweep.report.directories:
                sweep.begin(release, descriptor)
            # Directories before they are walked into, since a hook may leave one that can't be read.
            for name in (*directories, *names):
                sweep.look_at(name, descriptor)
    except PermissionError as error:
        raise Failure(_owner_sentence(release, owner, error)) from error
    except RecursionError as error:
        raise Failure(f"{release} has directories within directories, too deep to go through.") from error
    return sweep.report


class _Sweep:
    """Looks at every entry, and mends those that differ from what they should be."""

    def __init__(self, owner: Owner, keep_executable: bool, maker: int) -> None:
        self.owner = owner
        self.keep_executable = keep_executable
        self.known = {maker, owner.uid}
        self.report = Report()

    def begin(self, release: Path, descriptor: int) -> None:
        """Take the release's own directory, if it is the one that was made."""
        seen = os.fstat(descriptor)
        if os.geteuid() == 0 and seen.st_uid not in self.known:
            raise Failure(f"{release} belongs to somebody else: something put it in the release's place.")
        self._count(seen)
        if self._differs(seen):
            self._mend(descriptor, str(descriptor))

    def look_at(self, name: str, parent: int) -> None:
        """Count one entry of an open directory; pin and mend it if it differs."""
        seen = os.stat(name, dir_fd=parent, follow_symlinks=False)
        self._count(seen)
        if not self._differs(seen):
            return
        # O_PATH opens even what may not be read, and pins it: /proc leads to that very inode.
        pinned = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
        try:
            self._mend(pinned, name)
        finally:
            os.close(pinned)

    def _count(self, seen: os.stat_result) -> None:
        if stat.S_ISLNK(seen.st_mode):
            self.report.links += 1
        elif stat.S_ISDIR(seen.st_mode):
            self.report.directories += 1
        elif stat.S_ISREG(seen.st_mode):
            self.report.files += 1
            self.report.executables_lost += bool(seen.st_mode & stat.S_IXUSR) and not self.keep_executable

    def _differs(self, seen: os.stat_result) -> bool:
        wanted = self._wanted_mode(seen)
        return self._owned_otherwise(seen) or wanted not in (None, stat.S_IMODE(seen.st_mode))

    def _owned_otherwise(self, seen: os.stat_result) -> bool:
        return self.owner.uid not in (-1, seen.st_uid) or self.owner.gid not in (-1, seen.st_gid)

    def _wanted_mode(self, seen: os.stat_result) -> int | None:
        if stat.S_ISDIR(seen.st_mode):
            return DIRECTORY_MODE
        if stat.S_ISREG(seen.st_mode):
            return EXECUTABLE_MODE if seen.st_mode & stat.S_IXUSR and self.keep_executable else FILE_MODE
        return None

    def _mend(self, pinned: int, name: str) -> None:
        seen = os.fstat(pinned)
        if stat.S_ISREG(seen.st_mode) and seen.st_nlink > 1 and seen.st_uid not in self.known:
            raise Failure(
                f"{name} in the release is a hard link to somebody else's file, whose owner and "
                "mode would change with it. Copy the file instead."
            )
        wanted = self._wanted_mode(seen)  # before chown(2), which clears set-id bits
        itself = f"/proc/self/fd/{pinned}"  # a link's own inode, where that is what is pinned
        if self._owned_otherwise(seen):
            os.chown(itself, self.owner.uid, self.owner.gid)
        if wanted is not None:
            os.chmod(itself, wanted)
        self.report.mended += 1


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
