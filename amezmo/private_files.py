"""Files and directories that nobody but the installation's own user may open.

Nothing here fails: what belongs to somebody else is left as it is, and what is not there and
can't be made is told by whoever opens it, in his own words.
"""

import contextlib
import os
import stat
from pathlib import Path


def make_file(path: Path) -> None:
    """Make sure that a file is there and private (0600); an empty one is made where there is none."""
    with contextlib.suppress(OSError):
        # Never opened if it is there: closing it would let go of the locks that SQLite holds on it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    tighten(path, 0o600)


def make_directory(path: Path) -> None:
    """Make sure that a directory is there and private (0700)."""
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700)
    tighten(path, 0o700)


def tighten(path: Path, most: int) -> None:
    """Take away what a mode grants beyond `most`, if the file is there and ours."""
    with contextlib.suppress(OSError):
        found = path.stat()
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid == os.geteuid() and mode & ~most:
            path.chmod(mode & most)


def make_database(name: str) -> None:
    """Make sure that SQLite's file is private, which the two beside it inherit when they are made."""
    if name == ":memory:" or name.startswith("file:"):
        return
    make_file(Path(name))
    for beside in ("-wal", "-shm"):
        tighten(Path(name + beside), 0o600)
