"""Running a command as another user, which only root can (B21)."""

import os
import pwd

import pytest

from deployments.hooks.process import Ending
from deployments.identity import Account
from tests.hooks.conftest import Shell, is_alive

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a command as another user")


@pytest.fixture
def account() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("this host has no user “nobody”")
    return Account("nobody", "/", entry.pw_uid, entry.pw_gid, (entry.pw_gid, 12345))


def test_it_has_the_accounts_rights_and_none_of_roots(open_shell: Shell, account: Account) -> None:
    """B21: user, group, every supplementary group, and no capability."""
    open_shell.run("id -u; id -ru; id -g; id -G; grep CapEff /proc/self/status", account=account)

    user, real, group, groups, capabilities = open_shell.ears.text.splitlines()
    assert (user, real) == (str(account.uid), str(account.uid))
    assert (group, groups) == (str(account.gid), f"{account.gid} 12345")
    assert int(capabilities.split()[1], 16) == 0


def test_what_it_writes_belongs_to_the_account(open_shell: Shell, account: Account) -> None:
    open_shell.run("touch file", account=account)

    status = (open_shell.directory / "file").stat()
    assert (status.st_uid, status.st_gid) == (account.uid, account.gid)


def test_it_cannot_read_what_is_roots(open_shell: Shell, account: Account) -> None:
    (open_shell.directory / "secret").write_text("secret")
    (open_shell.directory / "secret").chmod(0o600)

    assert open_shell.run("cat secret", account=account).exit_code == 1
    assert "Permission denied" in open_shell.ears.text


def test_it_cannot_end_its_supervisor(open_shell: Shell, account: Account) -> None:
    """B18: what watches the time stays out of its reach."""
    ending = open_shell.run("kill -KILL $PPID; exit 5", account=account)

    assert ending == Ending(5)
    assert "Operation not permitted" in open_shell.ears.text


def test_its_directory_is_entered_with_its_own_rights(open_shell: Shell, account: Account) -> None:
    open_shell.directory.chmod(0o700)

    assert open_shell.run("true", account=account) == Ending(127)
    assert "Permission denied" in open_shell.ears.text


def test_it_is_ended_at_the_time_limit_as_well(open_shell: Shell, account: Account) -> None:
    """B18: with everything that it left the group with."""
    script = "setsid bash -c 'echo $$ >> pids; trap \"\" TERM; while :; do sleep 0.05; done' & sleep 1000"

    ending = open_shell.run(script, account=account, seconds=0.5, grace=0.2)

    assert ending.ended_by == "time-limit"
    assert len(open_shell.pids) == 1
    assert not any(map(is_alive, open_shell.pids))
