"""B21: where the worker runs as root, git and hooks run as the deploy user. Needs root."""

import grp
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.hooks.process import Account
from deployments.models import Environment, Instance
from deployments.pipeline import run
from deployments.pipeline.host import Host
from tests.conftest import Deploy
from tests.support.reading import log_of
from tests.support.repository import Repository

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run commands as somebody else")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that other users can reach: pytest's own they can't."""
    made = Path(tempfile.mkdtemp(prefix="amezmo-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def shop(db: None, place: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment of a host whose deploy user is `nobody`; releases belong to `daemon:nogroup`."""
    nobody, bash = pwd.getpwnam("nobody"), shutil.which("bash")
    home = place / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    account = Account("nobody", str(home), nobody.pw_uid, nobody.pw_gid, (nobody.pw_gid,))
    host = Host(account, "nobody", str(home), str(bash))
    monkeypatch.setattr(run, "this_host", lambda: host)
    repository = Repository(place / "repository")
    repository.commit({"index.html": "one", ".amezmo/after.pull": "id; touch made; cat /etc/shadow; true"})
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    instance = Instance.objects.create(
        name="shop", webroot=str(place / "webroot"), owner="daemon", group="nogroup"
    )
    return Environment.objects.create(
        instance=instance, name="production", repository=repository.address, branch="main"
    )


def test_hooks_run_as_the_deploy_user(shop: Environment, deploy: Deploy) -> None:
    """B21: its user, its group and its groups, and not what root may read."""
    deployment = deploy(shop)
    assert deployment.status == "succeeded", deployment.message
    said = log_of(deployment, "after.pull")
    assert said.startswith("uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n")
    assert "/etc/shadow: Permission denied" in said


def test_the_release_belongs_to_its_owner(shop: Environment, deploy: Deploy) -> None:
    """B5: every entry, with what hooks made, whoever made it."""
    release = deploy(shop).directory
    assert release is not None
    wanted = (pwd.getpwnam("daemon").pw_uid, grp.getgrnam("nogroup").gr_gid)
    for name in (".", "index.html", "made", ".amezmo", ".amezmo/after.pull"):
        seen = (release / name).stat()
        assert (seen.st_uid, seen.st_gid) == wanted, name
    assert stat.S_IMODE((release / "made").stat().st_mode) == 0o664
    assert stat.S_IMODE(release.stat().st_mode) == 0o2775
