"""Whatever stands in the way: a failed deployment whose sentence says what to do, `current` as it
was, and no half-made directory that looks like a release (B7, B9, B10)."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deployments.models import Deployment, Environment, Hook
from deployments.source.refs import Wanted
from tests.conftest import Deploy
from tests.support.reading import drafts, live, step, steps
from tests.support.repository import Repository


def fails(deployment: Deployment, *words: str) -> None:
    """It failed with a sentence that has these words, and left nothing that it should not."""
    assert deployment.status == "failed"
    for word in words:
        assert word in deployment.message, deployment.message
    assert "Traceback" not in deployment.message
    assert drafts(deployment) == []
    assert not deployment.steps.filter(status="running").exists()


@pytest.fixture
def fetched_from(production: Environment) -> Any:
    """Point the environment at another repository."""

    def change(address: str) -> Environment:
        Environment.objects.update(repository=address)
        production.refresh_from_db()
        return production

    return change


@pytest.fixture
def asks_for_credentials() -> Iterator[str]:
    """A real HTTP server that lets nobody in."""

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Closed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/team/shop.git"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def never_answers() -> Iterator[str]:
    """A host that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/shop.git"


def test_an_unreachable_host(fetched_from: Any, deploy: Deploy, settings: Any) -> None:
    """B7: nobody listens there."""
    settings.AMEZMO_GIT_PROTOCOLS = ("http",)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    fails(
        deploy(fetched_from(f"http://127.0.0.1:{port}/shop.git")), "could not be reached", "Check the address"
    )


def test_an_unknown_host(fetched_from: Any, deploy: Deploy) -> None:
    """B7: no such name."""
    fails(deploy(fetched_from("https://no-such-host.invalid/shop.git")), "host", "Check the address")


def test_a_host_that_never_answers(
    fetched_from: Any, deploy: Deploy, settings: Any, never_answers: str
) -> None:
    """B7: an outer time limit on every transport."""
    settings.AMEZMO_GIT_PROTOCOLS = ("http",)
    settings.AMEZMO_CONNECT_SECONDS = 1.0
    fails(deploy(fetched_from(never_answers)), "did not answer in time")


def test_a_repository_that_needs_credentials(
    fetched_from: Any, deploy: Deploy, settings: Any, asks_for_credentials: str
) -> None:
    """B7: no prompt, and the sentence says what to do instead."""
    settings.AMEZMO_GIT_PROTOCOLS = ("http",)
    fails(deploy(fetched_from(asks_for_credentials)), "asks for credentials", "docs/howto")


def test_a_path_that_is_no_repository(fetched_from: Any, deploy: Deploy, tmp_path: Path) -> None:
    """B7"""
    fails(deploy(fetched_from(str(tmp_path / "nothing"))), "There is no repository at")


def test_an_empty_repository(fetched_from: Any, deploy: Deploy, tmp_path: Path) -> None:
    """B7"""
    empty = Repository(tmp_path / "empty")
    fails(deploy(fetched_from(empty.address)), "is empty", "Push a first commit")


def test_a_branch_that_does_not_exist(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B7, B10: `current` stays what it was."""
    first = deploy(production)
    repository.git("branch", "--move", "main", "other")
    second = deploy(production)
    fails(second, "has no branch main", "Check the name")
    assert live(second) == first.directory


def test_a_protocol_that_was_forbidden_meanwhile(
    production: Environment, deploy: Deploy, settings: Any
) -> None:
    """B7: the setting decides when a deployment is asked for, and again when it runs."""
    from deployments import operations
    from deployments.errors import Failure
    from deployments.models import Operation

    settings.AMEZMO_GIT_PROTOCOLS = ("https",)
    with pytest.raises(Failure, match="AMEZMO_GIT_PROTOCOLS"):
        operations.deploy(production, trigger=Operation.Trigger.MANUAL)
    assert not Operation.objects.exists()


def test_no_bash(
    production: Environment, repository: Repository, deploy: Deploy, settings: Any, tmp_path: Path
) -> None:
    """B14: hooks are run by Bash; without it nothing is."""
    directory = tmp_path / "bin"
    directory.mkdir()
    (directory / "git").symlink_to(str(shutil.which("git")))
    settings.AMEZMO_HOOK_PATH = str(directory)
    fails(deploy(production), "Bash was not found", "AMEZMO_HOOK_PATH")


@pytest.mark.parametrize("mode", ["in a session of its own", "in the same group"])
def test_a_hook_that_forks_for_ever(
    production: Environment, repository: Repository, deploy: Deploy, settings: Any, mode: str
) -> None:
    """B18, B21: it is ended, with everything it started."""
    settings.AMEZMO_HOOK_PROCESSES = 100
    start = "setsid sleep 317 &" if mode == "in a session of its own" else "sleep 317 &"
    repository.commit({".amezmo/after.pull": f"while :; do {start} done"})
    failed = deploy(production)
    fails(failed, "too many processes")
    commands = [_command(pid) for pid in os.listdir("/proc") if pid.isdigit()]
    assert b"sleep\0317\0" not in commands


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_something_else_stands_where_current_should(production: Environment, deploy: Deploy) -> None:
    """B6: a directory is not ours to move."""
    production.layout.current.mkdir(parents=True)
    failed = deploy(production)
    fails(failed, "is not a symbolic link", "Move it")
    assert production.layout.current.is_dir()


def test_a_webroot_below_a_file(production: Environment, deploy: Deploy, tmp_path: Path) -> None:
    """B3: it can't be made."""
    (tmp_path / "file").write_text("x")
    production.instance.webroot = str(tmp_path / "file" / "webroot")
    production.instance.save(update_fields=("webroot",))
    fails(deploy(production), "not a directory")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Any]:
    """Mount a small file system of its own; needs root."""
    mounts: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"mount-{len(mounts)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("file systems can't be mounted here: that takes root")
        mounts.append(place)
        return place

    yield mount
    for place in mounts:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_webroot_that_cannot_be_written(production: Environment, deploy: Deploy, mounted: Any) -> None:
    """B3: a read-only file system, for root as for everybody."""
    place = mounted("ro")
    production.instance.webroot = str(place / "webroot")
    production.instance.save(update_fields=("webroot",))
    failed = deploy(production)
    fails(failed, "can't be written", "writable")
    assert steps(failed) == ["fetch"]


def test_a_full_disk_during_the_export(
    production: Environment, repository: Repository, deploy: Deploy, mounted: Any
) -> None:
    """B7, B10: the half-made tree is gone, the live release is untouched."""
    place = mounted("size=3m")
    production.instance.webroot = str(place / "webroot")
    production.instance.save(update_fields=("webroot",))
    first = deploy(production)
    assert first.status == "succeeded", first.message
    repository.commit({f"large-{n}": os.urandom(1024 * 1024) for n in range(5)})
    second = deploy(production)
    fails(second, "disk is full", "Free some space")
    assert step(second, "export").status == "failed"
    assert live(second) == first.directory
    assert sorted(os.listdir(production.layout.releases)) == [first.release_id]


def test_a_tree_that_is_far_too_deep(production: Environment, repository: Repository, deploy: Deploy) -> None:
    """B7: tools that clean up go down it level by level."""
    repository.commit({"/".join(["d"] * 250) + "/file": "x"})
    fails(deploy(production), "levels deep", "flatter")


def test_a_commit_that_is_on_no_branch(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B7: many forges serve such commits by their hash, those of anybody's fork among them."""
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.git("checkout", "--quiet", "--detach")
    stray = repository.commit({".amezmo/after.pull": "echo anybody's"})
    repository.git("checkout", "--quiet", "main")
    failed = deploy(production, Wanted("commit", stray))
    fails(failed, "on any branch or tag", "Check the hash")
    assert steps(failed) == ["fetch"]


def test_a_hook_that_removes_its_own_file(production: Environment, deploy: Deploy) -> None:
    """B8: `rm -rf /tmp/*` is nobody's failure."""
    Hook.objects.create(environment=production, event="after.pull", name="clean", script='rm -f -- "$0"')
    deployment = deploy(production)
    assert deployment.status == "succeeded", deployment.message
