"""What the doctor finds, each thing really broken, and the fix it names."""

import os
import stat
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from deployments import doctor
from deployments.doctor import Finding
from deployments.models import Environment, Instance, WorkerHeartbeat
from tests.conftest import Deploy
from tests.support.history import an_operation
from tests.support.outage import database_away
from tests.support.repository import Repository


def a_worker(cluster: str = "default") -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        cluster=cluster, host="web1", pid=1, version="1", workers=2, started_at=now, seen_at=now
    )


def findings(level: str = "wrong") -> list[Finding]:
    return [finding for finding in doctor.examine() if finding.level == level]


def only(level: str = "wrong") -> Finding:
    """The one finding of that level; its fix is never empty, except where the sentence has it."""
    (finding,) = findings(level)
    return finding


def test_a_sound_installation_has_nothing_wrong(production: Environment, deploy: Deploy) -> None:
    """And every room was looked at."""
    deploy(production)
    a_worker()
    assert findings() == []
    told = " / ".join(finding.what for finding in findings("well"))
    for part in (
        "git is /", "bash is /", "the settings make sense", "can be written, ", "the database is up to date",
        "the queue “default” is served by web1", f"shop: {production.instance.webroot} can be written",
    ):  # fmt: skip
        assert part in told


def test_a_queue_without_a_worker_is_named_with_what_waits(production: Environment) -> None:
    """And how to start one there: B33's rest waits for ever without it."""
    Instance.objects.update(cluster="host-b")
    for _ in range(2):
        an_operation(production, "pending")
    a_worker()
    finding = only()
    assert finding.what == "no worker serves the queue “host-b”, and 2 operations wait in it"
    assert "AMEZMO_CLUSTER=host-b manage.py worker" in finding.fix


def test_programs_that_hooks_need_are_missing(db: None, settings: Settings, tmp_path: Path) -> None:
    """B14: no bash, no git; what runs them says the same as the pipeline would."""
    a_worker()
    settings.AMEZMO_HOOK_PATH = str(tmp_path)
    told = [finding.what for finding in findings()]
    assert f"git is not in {tmp_path}" in told
    assert f"bash is not in {tmp_path}" in told


def a_git(directory: Path, says: str) -> None:
    """A program of that name which prints `says`."""
    directory.mkdir()
    program = directory / "git"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("says", "too_old"),
    [
        ("git version 2.33.8", "git 2.33 is too old"), ("git version 2.34.0", ""),
        ("git version 3.0.rc1", ""), ("git version 2.39.5 (Apple Git-154)", ""),
        ("unheard of", "git of unknown version is too old"),
    ],
)  # fmt: skip
def test_a_git_that_hooks_get_must_be_new_enough(
    db: None, settings: Settings, tmp_path: Path, says: str, too_old: str
) -> None:
    """The one that is found in the hooks' PATH decides, not the one in the doctor's own."""
    a_worker()
    a_git(tmp_path / "bin", says)
    settings.AMEZMO_HOOK_PATH = f"{tmp_path / 'bin'}:{settings.AMEZMO_HOOK_PATH}"
    assert [finding.what for finding in findings()] == ([too_old] if too_old else [])


def test_the_doctors_own_path_may_hold_no_git(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Started by a service manager, say: it finishes its round."""
    a_worker()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert findings() == []


def test_misconfiguration_is_told_with_its_hint(db: None, settings: Settings) -> None:
    a_worker()
    settings.AMEZMO_STOP_SECONDS = 0
    assert only() == Finding(
        "wrong", "AMEZMO_STOP_SECONDS has to be more than 0.", "Unset it to get its default."
    )


def test_a_data_directory_that_cannot_be_written_is_told(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    a_worker()
    settings.DATA_DIR = tmp_path / "gone"
    assert only().what == f"{tmp_path / 'gone'} can't be written"
    assert "chown" in only().fix


@pytest.mark.parametrize("field", ["owner", "group"])
def test_an_owner_that_this_host_does_not_know_is_told(production: Environment, field: str) -> None:
    """B5: before a deployment fails of it."""
    a_worker()
    Instance.objects.update(**{field: "nobody-of-that-name"})
    finding = only()
    assert finding.what.startswith("shop: ")
    assert "nobody-of-that-name" in finding.what


def test_a_webroot_below_a_file_is_told(production: Environment, tmp_path: Path) -> None:
    a_worker()
    (tmp_path / "file").write_text("")
    Instance.objects.update(webroot=str(tmp_path / "file" / "webroot"))
    finding = only()
    assert f"shop: {tmp_path / 'file'} can't be written" in finding.what
    assert "install -d" in finding.fix


def test_a_current_that_is_no_link_is_told(production: Environment) -> None:
    """B6: it can't be switched."""
    a_worker()
    production.layout.current.mkdir(parents=True)
    finding = only()
    assert finding.what.startswith("shop/production: ")
    assert "is not a symbolic link" in finding.what


def test_another_hosts_webroots_are_not_looked_for_here(production: Environment) -> None:
    a_worker()
    a_worker("host-b")
    production.layout.current.mkdir(parents=True)
    Instance.objects.update(cluster="host-b")
    assert findings() == []


def test_a_deploy_user_that_this_host_does_not_know_is_told(db: None, settings: Settings) -> None:
    """B21"""
    a_worker()
    settings.AMEZMO_DEPLOY_USER = "nobody-of-that-name"
    assert all("nobody-of-that-name" in finding.what for finding in findings())
    assert findings()


@pytest.mark.skipif(os.geteuid() != 0, reason="only a worker of root's can run hooks as root")
def test_hooks_that_run_as_root_are_noted(db: None) -> None:
    """B21"""
    assert only("note").fix == "Set AMEZMO_DEPLOY_USER to a user of their own."


@pytest.mark.parametrize("address", ["git@example.org:team/shop.git", "ssh://example.org/shop.git"])
def test_a_repository_over_ssh_needs_a_key(
    production: Environment, data_directory: Path, address: str
) -> None:
    a_worker()
    Environment.objects.update(repository=address)
    told = [finding.what for finding in findings()]
    assert [each.rpartition("/")[2] for each in told] == ["id_ed25519 is missing", "known_hosts is missing"]
    folder = data_directory / "git" / "ssh"
    folder.mkdir(parents=True)
    for name in ("id_ed25519", "known_hosts"):
        (folder / name).write_text("")
    assert findings() == []


def test_a_database_that_does_not_answer_is_told_once(transactional_db: None) -> None:
    """And does not keep the doctor from telling the rest."""
    with database_away():
        finding = only()
        assert len(findings("well")) >= 4
    assert finding.what.startswith("the database does not answer: ")
    assert finding.fix == "Check DATABASE_URL."


def test_the_repository_need_not_be_there(production: Environment, repository: Repository) -> None:
    """Only what is of this host is looked at: the network may be slow, and is fetch's to tell."""
    a_worker()
    repository.path.rename(repository.path.with_name("moved"))
    assert findings() == []
