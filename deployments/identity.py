"""Acting as the deploy user, where the worker is root (B21). No Django here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Account:
    """The user whom commands run as: never only a user id, which would keep root's groups."""

    name: str
    home: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @property
    def for_subprocess(self) -> dict[str, Any]:
        """The arguments that make subprocess.run act as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}


@contextmanager
def acting_as(account: Account | None) -> Iterator[None]:
    """Touch files with the rights of `account`, and no more; None: with this process's own.

    Whoever owns a directory can put a link in the place of anything in it, at any moment.
    Root must therefore never act by name below a directory that the deploy user owns: with
    the deploy user's rights, whatever such a link leads to is his already. The whole process
    changes its rights, so nothing else may run in it meanwhile; the database is not opened.
    """
    if account is None or os.geteuid() != 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups(account.groups)
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
