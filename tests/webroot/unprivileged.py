"""Doing something with the rights of an ordinary user, whoever runs the tests."""

import os
import pickle
import pwd
from collections.abc import Callable
from typing import Any

import pytest

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give files to another user")


def nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("this host has no user “nobody”")


def as_ordinary_user(act: Callable[[], Any]) -> Any:
    """Return what `act` returns, or raise what it raises, in a child without root's rights.

    Where the tests themselves run without them, `act` is simply called.
    """
    if not IS_ROOT:
        return act()
    account = nobody()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(write, act, account)
    os.close(write)
    with open(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    raised, value = pickle.loads(answer)
    if raised:
        raise value
    return value


def _answer(write: int, act: Callable[[], Any], account: pwd.struct_passwd) -> None:
    try:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        try:
            answer = pickle.dumps((False, act()))
        except Exception as error:
            answer = pickle.dumps((True, error))
        with open(write, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)
