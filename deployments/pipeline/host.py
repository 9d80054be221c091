"""What the settings say of this host: who runs commands here, and where git keeps its things."""

import os
import pwd
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from deployments.errors import Failure
from deployments.identity import Account, acting_as
from deployments.source import git
from deployments.source.address import Address
from deployments.source.mirror import Mirror
from deployments.webroot.permissions import Owner


@dataclass(frozen=True)
class Host:
    """`account` is whom commands run as; None means as the worker itself."""

    account: Account | None
    user: str
    home: str
    bash: str

    @property
    def git_home(self) -> Path:
        """Where mirrors and the SSH key are: the commands' user must reach them."""
        if self.account:
            return Path(self.account.home) / ".amezmo"
        return Path(settings.DATA_DIR) / "git"

    def acting(self) -> AbstractContextManager[None]:
        """Touch files with the rights of whoever runs commands here, and no more."""
        return acting_as(self.account)

    def mirror(self, address: Address) -> Mirror:
        """Return the mirror of a repository, its directory made."""
        home = self.git_home / "mirrors"
        with self.acting():
            home.mkdir(parents=True, exist_ok=True)
        return Mirror(
            home=home,
            locks=Path(settings.DATA_DIR) / "run",
            address=address,
            environment=git.environment(
                home=home,
                ssh=self.git_home / "ssh",
                protocols=settings.AMEZMO_GIT_PROTOCOLS,
                path=settings.AMEZMO_HOOK_PATH,
                connect_seconds=settings.AMEZMO_CONNECT_SECONDS,
            ),
            connect_seconds=settings.AMEZMO_CONNECT_SECONDS,
            fetch_seconds=settings.AMEZMO_FETCH_SECONDS,
            identity=self.account.for_subprocess if self.account else {},
        )

    @property
    def maker(self) -> int:
        """The user id of whoever makes releases here."""
        return self.account.uid if self.account else os.geteuid()

    def first_owner(self, owner: Owner) -> Owner:
        """Who owns a webroot and what grows in it: whoever runs the commands that fill it."""
        if self.account is None:
            return owner
        return Owner(self.account.name, self.account.uid, owner.gid if owner.gid != -1 else self.account.gid)


def this_host() -> Host:
    """Read the settings; raises `Failure` where this host is not as they say (B21)."""
    account = _account(settings.AMEZMO_DEPLOY_USER)
    own = pwd.getpwuid(os.geteuid())
    bash = shutil.which("bash", path=settings.AMEZMO_HOOK_PATH)
    if bash is None:
        raise Failure(
            f"Bash was not found in {settings.AMEZMO_HOOK_PATH}. Install it, or set AMEZMO_HOOK_PATH "
            "to the directories that hold it."
        )
    return Host(
        account=account,
        user=account.name if account else own.pw_name,
        home=account.home if account else own.pw_dir,
        bash=bash,
    )


def _account(name: str) -> Account | None:
    if not name:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Failure(f"This host has no user “{name}”. Create it, or change AMEZMO_DEPLOY_USER.") from None
    if entry.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise Failure(
            f"Only a worker that runs as root can run hooks as “{name}”. Start the worker as "
            "that user, or clear AMEZMO_DEPLOY_USER."
        )
    groups = tuple(os.getgrouplist(name, entry.pw_gid))
    return Account(name, entry.pw_dir, entry.pw_uid, entry.pw_gid, groups)
