"""B21: where the worker runs as root, git and hooks run as the deploy user. Needs root."""

import grp
import os
import pwd
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.identity import Account
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
def rootly(place: Path) -> Path:
    """A directory of root's that nobody else may write, such as /etc/cron.d."""
    made = place / "rootly"
    made.mkdir(mode=0o755)
    return made


def give(repository: Path, uid: int, gid: int) -> None:
    """git refuses repositories of other people."""
    for path in (repository, *repository.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def commits(shop: Environment, hook: str) -> None:
    """The repository's next commit has this after.pull; it stays the deploy user's repository."""
    path = Path(shop.repository)
    owner = path.stat()
    give(path, 0, 0)
    Repository(path).commit({".amezmo/after.pull": hook})
    give(path, owner.st_uid, owner.st_gid)


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
    give(repository.path, nobody.pw_uid, nobody.pw_gid)
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


def test_a_hook_can_write_to_its_own_standard_error_by_name(shop: Environment, deploy: Deploy) -> None:
    """B21: /dev/stderr opens the pipe anew, as the deploy user."""
    commits(shop, "echo by name > /dev/stderr; echo again | tee /dev/stdout")
    assert log_of(deploy(shop), "after.pull") == "by name\nagain\nagain\n"


@pytest.mark.parametrize("name", ["staging", "storage", "logs"])
def test_a_link_in_the_webroot_leads_root_nowhere(
    shop: Environment, deploy: Deploy, rootly: Path, name: str
) -> None:
    """B21: the deploy user owns the webroot, so root makes nothing by name in it."""
    commits(shop, f'cd "$STORAGE_DIRECTORY/.."; rm -rf {name}; ln -s {rootly} {name}')
    assert deploy(shop).status == "succeeded"
    other = Environment.objects.create(
        instance=shop.instance, name="staging", repository=shop.repository, branch="main"
    )
    later = deploy(other if name == "staging" else shop)
    assert list(rootly.iterdir()) == []
    assert (rootly.stat().st_uid, stat.S_IMODE(rootly.stat().st_mode)) == (0, 0o755)
    if name != "logs":
        assert later.status == "failed"
        assert "can't be written" in later.message


def test_a_link_in_the_home_leads_root_nowhere(shop: Environment, deploy: Deploy, rootly: Path) -> None:
    """B21: nor where mirrors are kept."""
    home = rootly.parent / "home"
    (home / ".amezmo").symlink_to(rootly)
    assert deploy(shop).status == "failed"
    assert list(rootly.iterdir()) == []


def test_a_mirrors_own_settings_are_not_read_by_root(shop: Environment, deploy: Deploy, place: Path) -> None:
    """B21: nor does a pipe that they include hold the worker up."""
    commits(
        shop, 'cd ~/.amezmo/mirrors/*.git && mkfifo pipe && git config -f config include.path "$PWD/absent"'
    )
    assert deploy(shop).status == "succeeded"
    commits(shop, "true")
    assert deploy(shop).status == "succeeded"


def test_a_hard_link_to_roots_file_is_refused(shop: Environment, deploy: Deploy, rootly: Path) -> None:
    """B5: where the kernel lets people make such links, its owner would change with the release's."""
    secret = rootly / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    commits(shop, "sleep 0.2; touch ready; while [ ! -e linked ]; do sleep 0.05; done")
    releases = shop.layout.releases

    def link() -> None:
        for _ in range(400):
            for ready in releases.glob("deployment_*/ready"):
                os.link(secret, ready.parent / "index.php")
                (ready.parent / "linked").touch()
                return
            time.sleep(0.05)

    linking = threading.Thread(target=link)
    linking.start()
    failed = deploy(shop)
    linking.join(30)
    assert failed.status == "failed"
    assert "hard link to somebody else's file" in failed.message
    assert (secret.stat().st_uid, stat.S_IMODE(secret.stat().st_mode)) == (0, 0o600)
